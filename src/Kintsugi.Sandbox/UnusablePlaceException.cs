namespace Kintsugi.Sandbox;

/// <summary>A place in the file system where no sandbox can show a checkout: its owner has to move it.</summary>
public sealed class UnusablePlaceException(string message) : ArgumentException(message);
