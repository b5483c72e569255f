using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Twinbus.Hosts.Kinds.Files;
using Twinbus.Hosts.Kinds.Services;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.RabbitMq.Certificates;

namespace Twinbus.Deployment.Tests;

/// <summary>A plan as text for golden files: every resource with every value, file contents line by line.</summary>
internal static partial class PlanText
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(Plan plan)
    {
        StringBuilder text = new();
        text.Append($"deployment {plan.Deployment}\n");
        foreach (HostPlan host in plan.Hosts)
        {
            text.Append($"\nhost {host.Host}\n");
            if (!host.ProvidedElsewhere.IsEmpty)
            {
                text.Append($"  provided elsewhere: {string.Join(", ", host.ProvidedElsewhere)}\n");
            }

            foreach (StagePlan stage in host.Stages)
            {
                text.Append($"\n  {stage.Stage}\n");
                foreach (Resource resource in stage.Resources)
                {
                    Append(text, resource);
                }
            }
        }

        return text.ToString();
    }

    // Issued anew in each run.
    [GeneratedRegex("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")]
    private static partial Regex Certificate();

    private static void Append(StringBuilder text, Resource resource)
    {
        text.Append($"    {resource.Kind} {resource.Name}\n");
        JsonObject values = JsonSerializer.SerializeToNode(resource, resource.GetType(), Compact)!.AsObject();
        foreach ((string key, JsonNode? value) in values.Where(pair => pair.Key is not ("Kind" or "Name") && pair.Value is not null))
        {
            if (key == nameof(FileResource.Content))
            {
                text.Append(string.Concat(Certificate().Replace(value!.GetValue<string>(), "(a certificate)").TrimEnd('\n').Split('\n').Select(line => $"      | {line}\n")));
            }
            else if (key == nameof(RabbitMqCertificateResource.Sha256))
            {
                text.Append($"      {key}: (of the certificate)\n");
            }
            else if (key == nameof(ServiceResource.Guard))
            {
                RestartGuard guard = ((ServiceResource)resource).Guard!;
                text.Append($"      {key}: {JsonSerializer.SerializeToNode(guard, guard.GetType(), Compact)!.ToJsonString(Compact)}\n");
            }
            else if (key == "Management")
            {
                text.Append($"      {key}: 127.0.0.1:{value!["Port"]} as {value["UserName"]}\n");
            }
            else if (key == nameof(FileResource.Mode))
            {
                text.Append($"      {key}: {Convert.ToString(value!.GetValue<int>(), 8)}\n");
            }
            else
            {
                text.Append($"      {key}: {value!.ToJsonString(Compact)}\n");
            }
        }
    }
}
