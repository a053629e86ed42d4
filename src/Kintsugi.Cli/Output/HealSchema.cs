using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Kintsugi.Cli.Output;

/// <summary>The JSON Schema of `heal --json`, made from the records that are written: `docs/heal.schema.json` is held equal to it.</summary>
internal static class HealSchema
{
    public static string Text()
    {
        var schema = HealDocument.Json.GetJsonSchemaAsNode(typeof(HealDocument), new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) =>
            {
                if (context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), false) is [DescriptionAttribute words] && node is JsonObject described)
                    described["description"] = words.Description;
                return node;
            },
        });
        var root = schema.AsObject();
        root.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        root.Insert(1, "title", "What `kintsugi heal --json` prints");
        return root.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }
}
