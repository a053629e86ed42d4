using System.CommandLine;
using Kintsugi.Cli.Verbs;

var root = new RootCommand(
    "Keeps LLM agents well: evaluates an agent against its golden dataset, tells a regression from noise, proves the cause, mends it in a sandbox, and proposes the fix.")
{
    DemoVerb.Command(),
    InitVerb.Command(),
    DoctorVerb.Command(),
    EvalVerb.Command(),
    BlessVerb.Command(),
    HealVerb.Command(),
    IncidentVerb.Command(),
    DatasetVerb.Command(),
};
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
