using System.Collections.Immutable;

namespace Twinbus.Deployment.Reading;

/// <summary>Reads service files, their parameters and what TripleO's names mean; each file once, and only those that are asked for.</summary>
/// <param name="shipped">The files that come with Twinbus.</param>
/// <param name="refusalOf">What is wrong with a service file of this name that is not there because no backend can do what it would say; null when nothing is.</param>
/// <param name="problems">Takes what is wrong.</param>
internal sealed class ServiceCatalogue(ShippedFiles shipped, Func<string, Problem?> refusalOf, ProblemList problems)
{
    private readonly Dictionary<string, ImmutableArray<ParameterDefinition>> parameterFiles = [];
    private MappingNode? tripleo;

    /// <summary>The service file that a registry's <paramref name="value"/> names, or null when it is wrong.</summary>
    public async Task<ServiceFile?> ReadAsync(ScalarNode value, CancellationToken cancellationToken)
    {
        string path = await PathAsync(value, cancellationToken).ConfigureAwait(false);
        if (!File.Exists(path) && refusalOf(Path.GetFileName(path)) is { } refusal)
        {
            problems.Add(value.Place, refusal.What, refusal.Why, refusal.Next);
            return null;
        }

        string? text = await TemplateFiles.ReadAsync(path, value.Place, problems, cancellationToken).ConfigureAwait(false);
        return text is null ? null : ServiceFile.Parse(path, text, problems);
    }

    /// <summary>The parameters that <paramref name="service"/> defines itself and takes from other files.</summary>
    public async Task<ImmutableArray<ParameterDefinition>> ParametersAsync(ServiceFile service, CancellationToken cancellationToken)
    {
        // A later definition takes the place of an earlier one: Kafka's port is not RabbitMQ's.
        OrderedDictionary<string, ParameterDefinition> all = [];
        foreach (ScalarNode from in service.ParametersFrom)
        {
            string path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(service.File)!, from.Text));
            foreach (ParameterDefinition definition in await ParameterFileAsync(path, from.Place, cancellationToken).ConfigureAwait(false))
            {
                all[definition.Name] = definition;
            }
        }

        foreach (ParameterDefinition definition in service.Root.Find("parameters") is MappingNode own ? new ParameterReader(problems).Read(own) : [])
        {
            all[definition.Name] = definition;
        }

        return [.. all.Values];
    }

    /// <summary>Every parameter that any shipped service file knows; read only when a name is in doubt.</summary>
    public async Task<ImmutableArray<ParameterDefinition>> AllParametersAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<ParameterDefinition>.Builder all = ImmutableArray.CreateBuilder<ParameterDefinition>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(shipped.Services, "parameters"), "*.yaml").Order(StringComparer.Ordinal))
        {
            all.AddRange(await ParameterFileAsync(file, null, cancellationToken).ConfigureAwait(false));
        }

        return all.ToImmutable();
    }

    /// <summary>TripleO's parameters that say nothing here, with the reason.</summary>
    public async Task<ImmutableDictionary<string, string>> WithoutEffectAsync(CancellationToken cancellationToken) =>
        (await TripleoAsync("parameters_without_effect", cancellationToken).ConfigureAwait(false))
            .ToImmutableDictionary(entry => entry.Key.Text, entry => (entry.Value as ScalarNode)?.Text ?? "");

    /// <summary>TripleO's parameters of other services that a slip of the hand in one of ours could be.</summary>
    public async Task<ImmutableHashSet<string>> OfOthersAsync(CancellationToken cancellationToken) =>
        [.. (await TripleoAsync("parameters_of_others", cancellationToken).ConfigureAwait(false)).Select(entry => entry.Key.Text)];

    private async Task<string> PathAsync(ScalarNode value, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(value.Place.File))!, value.Text));
        if (shipped.Contains(path) && File.Exists(path))
        {
            return path;
        }

        MappingEntry? known = (await TripleoAsync("service_files", cancellationToken).ConfigureAwait(false))
            .FirstOrDefault(entry => entry.Key.Text == Path.GetFileName(path));
        return known?.Value is ScalarNode ours ? Path.Combine(shipped.Services, ours.Text) : path;
    }

    private async Task<ImmutableArray<MappingEntry>> TripleoAsync(string section, CancellationToken cancellationToken)
    {
        if (tripleo is null)
        {
            string path = Path.Combine(shipped.Services, "tripleo.yaml");
            string? text = await TemplateFiles.ReadAsync(path, null, problems, cancellationToken).ConfigureAwait(false);
            tripleo = text is null ? null : TemplateReader.Read(path, text, problems) as MappingNode;
        }

        return tripleo?.Find(section) is MappingNode mapping ? mapping.Entries : [];
    }

    private async Task<ImmutableArray<ParameterDefinition>> ParameterFileAsync(string path, SourcePlace? namedAt, CancellationToken cancellationToken)
    {
        if (!parameterFiles.TryGetValue(path, out ImmutableArray<ParameterDefinition> definitions))
        {
            string? text = await TemplateFiles.ReadAsync(path, namedAt, problems, cancellationToken).ConfigureAwait(false);
            TemplateNode? root = text is null ? null : TemplateReader.Read(path, text, problems);
            definitions = (root as MappingNode)?.Find("parameters") is MappingNode parameters ? new ParameterReader(problems).Read(parameters) : [];
            parameterFiles[path] = definitions;
        }

        return definitions;
    }
}
