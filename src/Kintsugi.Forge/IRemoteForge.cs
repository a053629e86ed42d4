namespace Kintsugi.Forge;

/// <summary>One repository of a forge that is reached over the net: what may be put there, and what is said there.</summary>
public interface IRemoteForge : IForge, IConversation, IDisposable;
