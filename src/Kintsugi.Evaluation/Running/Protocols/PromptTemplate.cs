using Fluid;
using Kintsugi.Evaluation.Agents;

namespace Kintsugi.Evaluation.Running.Protocols;

/// <summary>The user message of protocol prompt: a Fluid template over `input`.</summary>
/// <remarks>
/// Plain text: nothing is escaped, so that a prompt reads as it was written. A variable other than `input` and an unknown filter are errors;
/// a member that an input lacks is empty, since golden inputs lack fields on purpose. No includes, and loops are bounded.
/// </remarks>
internal sealed class PromptTemplate
{
    private const int MostSteps = 100_000;
    private const int LongestFileBytes = 1 << 20;
    private static readonly FluidParser Parser = new();

    private readonly IFluidTemplate _template;
    private readonly TemplateOptions _options = new()
    {
        StrictFilters = true,
        MaxSteps = MostSteps,
        MaxRecursion = 20,
        Undefined = name => throw new FluidException($"There is no variable '{name}'. A template sees `input`."), // asked for variables only, not for members
    };

    private PromptTemplate(IFluidTemplate template) => _template = template;

    /// <exception cref="AgentStartException">The file cannot be used: a fault of this version of the agent.</exception>
    public static PromptTemplate Load(LaidOutVersion version, string file) =>
        Parser.TryParse(ReadFile(version, file), out var template, out var error)
            ? new PromptTemplate(template)
            : throw new AgentStartException($"{file}: the template cannot be read: {Excerpt.Of(error, 500)}");

    /// <summary>The text of one of the version's files.</summary>
    /// <exception cref="AgentStartException">There is none, it is too large, or it leads out of the version by a link.</exception>
    public static string ReadFile(LaidOutVersion version, string file)
    {
        var fromTop = Path.GetRelativePath("/", Path.GetFullPath(Path.Combine("/", version.AgentPath, file)));
        var path = version.Find(fromTop) ?? throw new AgentStartException($"{file}: there is no such file in this version, or a symbolic link is on the way to it; a prompt must be a file of its own.");
        if (new FileInfo(path).Length > LongestFileBytes) throw new AgentStartException($"{file}: larger than 1 MiB.");
        return File.ReadAllText(path);
    }

    /// <exception cref="FluidException">The template asks for what is not there.</exception>
    /// <exception cref="InvalidOperationException">It does not end within the bounds.</exception>
    public async ValueTask<string> RenderAsync(System.Text.Json.JsonElement input)
    {
        var context = new TemplateContext(_options);
        context.SetValue("input", JsonFluidValue.Of(input));
        return await _template.RenderAsync(context, NullEncoder.Default);
    }
}
