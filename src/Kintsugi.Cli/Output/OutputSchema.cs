using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Kintsugi.Cli.Output;

/// <summary>The JSON Schemas of what `--json` prints, made from the records that are written: the files in docs/ are held equal to them.</summary>
internal static class OutputSchema
{
    public static string Heal() => Of(typeof(HealDocument), "What `kintsugi heal --json` and `kintsugi incident show --json` print");

    public static string Eval() => Of(typeof(EvalDocument), "What `kintsugi eval --json` prints");

    public static string EvalPlan() => Of(typeof(EvalPlanDocument), "What `kintsugi eval --plan --json` prints");

    public static string EvalAll() => Of(typeof(EvalAllDocument), "What `kintsugi eval --all --json` prints");

    public static string JudgeCalibrate() => Of(typeof(JudgeCalibrateDocument), "What `kintsugi judge calibrate --json` prints");

    public static string CassetteExport() => Of(typeof(CassetteExportDocument), "What `kintsugi cassette export --json` prints");

    public static string CassetteImport() => Of(typeof(CassetteImportDocument), "What `kintsugi cassette import --json` prints");

    public static string DatasetFromTraces() => Of(typeof(FromTracesDocument), "What `kintsugi dataset from-traces --json` prints");

    public static string DatasetReview() => Of(typeof(ReviewDocument), "What `kintsugi dataset review --json` prints");

    public static string DatasetImport() => Of(typeof(ImportDocument), "What `kintsugi dataset import --json` prints");

    public static string DatasetDiff() => Of(typeof(DiffDocument), "What `kintsugi dataset diff --json` prints");

    public static string TraceList() => Of(typeof(TraceListDocument), "What `kintsugi trace list --json` prints");

    public static string TraceShow() => Of(typeof(TraceDocument), "What `kintsugi trace show --json` prints");

    public static string Versions() => Of(typeof(VersionsDocument), "What `kintsugi versions --json` prints");

    public static string VersionsOf() => Of(typeof(VersionOfDocument), "What `kintsugi versions --of --json` prints");

    private static string Of(Type document, string title)
    {
        var root = HealDocument.Json.GetJsonSchemaAsNode(document, new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => Describe(context.PropertyInfo?.AttributeProvider, node),
        }).AsObject();
        root.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        root.Insert(1, "title", title);
        return root.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    /// <summary>Puts a property's description before what the schema says of its shape.</summary>
    private static JsonNode Describe(ICustomAttributeProvider? property, JsonNode node)
    {
        if (node is JsonValue) node = new JsonObject(); // `true`, anything: the same in words that every reader of schemas knows
        if (property?.GetCustomAttributes(typeof(DescriptionAttribute), false) is not [DescriptionAttribute words] || node is not JsonObject described) return node;
        described.Insert(0, "description", words.Description);
        return described;
    }
}
