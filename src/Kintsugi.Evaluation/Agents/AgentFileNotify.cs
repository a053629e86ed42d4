namespace Kintsugi.Evaluation.Agents;

/// <summary>Who is told of incidents, and of what.</summary>
/// <param name="On">States that are told of.</param>
public sealed record NotifyDefinition(IReadOnlySet<NotableState> On)
{
    public static readonly IReadOnlySet<NotableState> All = Enum.GetValues<NotableState>().ToHashSet();

    /// <summary>A Slack-compatible webhook. Its address is a secret; null where there is none, or its variable holds no address.</summary>
    public Uri? Slack { get; init; }

    public EmailDefinition? Email { get; init; }

    /// <summary>Channels that are asked for and cannot be used here, each with why: said when there is something to tell.</summary>
    public IReadOnlyList<string> Unusable { get; init; } = [];

    public override string ToString() => nameof(NotifyDefinition); // a record would print its secrets
}

/// <param name="Smtp">`smtp://host:587`, where TLS begins after the greeting, or `smtps://host:465`.</param>
/// <param name="User">Null where the server wants none.</param>
public sealed record EmailDefinition(Uri Smtp, string? User, string? Password, string From, IReadOnlyList<string> To)
{
    public override string ToString() => nameof(EmailDefinition);
}

/// <summary>A state of an incident that a person may want to hear of. Written in kintsugi.yaml in lower case.</summary>
public enum NotableState
{
    /// <summary>Production alarmed.</summary>
    Alarmed = 0,

    /// <summary>Fresh runs confirmed that a version is worse.</summary>
    Regressed = 1,

    /// <summary>A fix waits for a reviewer.</summary>
    Proposed = 2,

    /// <summary>A person has to decide.</summary>
    Escalated = 3,

    /// <summary>It is over: merged and verified, good again, or left alone.</summary>
    Closed = 4,
}

/// <summary>Reads the `notify:` part of kintsugi.yaml.</summary>
internal static class AgentFileNotify
{
    /// <returns>Null where nobody is told.</returns>
    /// <exception cref="BadFileException">An address that stands in the file cannot be used.</exception>
    public static NotifyDefinition? Read(AgentFileMap? notify, string file, Func<string, string?> environment, List<string> warnings)
    {
        if (notify is null) return null;
        List<string> unusable = [];
        var slack = Slack(notify["slack"] as AgentFileScalar);
        var email = Email(notify["email"] as AgentFileMap);
        return new NotifyDefinition(notify["on"] is null ? NotifyDefinition.All : notify.List("on").Select(word => Enum.Parse<NotableState>(word, ignoreCase: true)).ToHashSet())
        {
            Slack = slack,
            Email = email,
            Unusable = unusable,
        };

        Uri? Slack(AgentFileScalar? written)
        {
            if (written is null) return null;
            WarnOfSecret(written, "notify.slack");
            if (Expand(written, "notify.slack") is not { } text) return null;
            if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http") return url;
            if (!AgentFileVariables.AreIn(written.Text)) throw new BadFileException(file, written.Line, "'notify.slack' is no address. Write ${VARIABLE}, with the webhook's https:// address in the variable.");
            unusable.Add($"notify.slack: {AgentFileVariables.First(written)} holds no address that begins with https://"); // the value may be a secret, and is not shown
            return null;
        }

        EmailDefinition? Email(AgentFileMap? mail)
        {
            if (mail is null) return null;
            var before = unusable.Count;
            var (user, password) = (Expand(mail["user"] as AgentFileScalar, "notify.email.user"), Expand(mail["password"] as AgentFileScalar, "notify.email.password"));
            if (mail["password"] is AgentFileScalar written) WarnOfSecret(written, "notify.email.password");
            return unusable.Count > before ? null : new EmailDefinition(new Uri(mail.Text("smtp")!), user, password, mail.Text("from")!, mail.List("to"));
        }

        string? Expand(AgentFileScalar? written, string key)
        {
            if (written is null) return null;
            if (AgentFileVariables.First(written) is { } name && string.IsNullOrEmpty(environment(name)))
            {
                unusable.Add($"{key}: the environment variable {name} is not set");
                return null;
            }
            return AgentFileVariables.Expand(written, key, file, environment);
        }

        void WarnOfSecret(AgentFileScalar written, string key)
        {
            if (!AgentFileVariables.AreIn(written.Text)) warnings.Add($"{file}({written.Line}): '{key}' stands in the file, where everybody who can read the repository can read it. Write ${{VARIABLE}} instead.");
        }
    }
}
