namespace Kintsugi.Models.Translation;

/// <summary>Writes a streamed answer in the dialect that was asked.</summary>
internal interface IStreamWriter
{
    void Write(Delta delta);
}
