namespace Kintsugi.Evaluation.Agents;

/// <summary>What is asked of a version that a stranger wrote (a fork's pull request), and how it is run.</summary>
/// <remarks>
/// It may say how it starts, what its parts are and what its dataset is. What judges it, what it may reach and use, and how it is built stays as the trusted version has it:
/// else it would lower its own floor, or send a key to its own address. The dataset is its own since a change of the agent may bring its cases; that a target was changed is
/// seen by the baseline, which leaves such samples out.
/// </remarks>
public static class StrangersVersion
{
    public static AgentDefinition Of(AgentDefinition head, AgentDefinition trusted) => trusted with
    {
        Protocol = head.Protocol,
        Run = head.Run,
        Prompt = head.Prompt,
        Environment = head.Environment,
        Components = head.Components,
        Spec = head.Spec,
        Datasets = head.Datasets,
        Warnings = head.Warnings,
    };
}
