using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Templates;

namespace Twinbus.Deployment.Planning;

/// <summary>Reads what was given, from environment files to checked drafts of the messaging services.</summary>
internal sealed class TierReader
{
    private readonly TierRequest request;
    private readonly ShippedFiles shipped;
    private readonly ProblemList problems = new();
    private readonly ServiceCatalogue catalogue;

    public TierReader(TierRequest request, ShippedFiles shipped)
    {
        this.request = request;
        this.shipped = shipped;
        catalogue = new ServiceCatalogue(shipped, problems);
    }

    /// <exception cref="DeploymentException">All that is wrong, at once.</exception>
    public async Task<TierSource> ReadAsync(CancellationToken cancellationToken)
    {
        MergedEnvironment environment = await EnvironmentAsync(cancellationToken).ConfigureAwait(false);
        List<(ServiceNames Names, string RegistryName, ServiceFile File, SourcePlace Place)> mapped = [];
        foreach ((string key, TemplateNode value) in environment.Registry.Where(entry => entry.Key.StartsWith(ServiceNames.RegistryPrefix, StringComparison.Ordinal)))
        {
            if (Names(key, value) is { } names && await catalogue.ReadAsync((ScalarNode)value, cancellationToken).ConfigureAwait(false) is { } file)
            {
                mapped.Add((names, key, file, value.Place));
            }
        }

        // rpc before notify, and each before those that are split off it: the order in which they are shown.
        mapped = [.. mapped.OrderBy(service => service.Names.Kind).ThenBy(service => service.Names.Name, StringComparer.Ordinal)];
        ParameterCheck check = new(environment, shipped.Contains, problems);
        ImmutableArray<ServiceDraft>.Builder drafts = ImmutableArray.CreateBuilder<ServiceDraft>();
        List<ParameterDefinition> known = [];
        foreach ((ServiceNames names, string registryName, ServiceFile file, SourcePlace place) in mapped)
        {
            ImmutableArray<ParameterDefinition> definitions = await catalogue.ParametersAsync(file, cancellationToken).ConfigureAwait(false);
            known.AddRange(definitions);
            drafts.Add(new ServiceDraft
            {
                Name = names.Name,
                Prefix = names.Prefix,
                RegistryName = registryName,
                Place = place,
                File = file,
                Backend = file.Backend is null ? null : BackendRegistry.Find(file.Backend),
                Parameters = check.Values(names.Name, names.Prefix, definitions),
            });
        }

        ImmutableArray<ServiceDraft> services = drafts.ToImmutable();
        ImmutableArray<IgnoredEntry> ignored = await new UnknownNames(catalogue, environment, services, problems).CheckAsync(cancellationToken).ConfigureAwait(false);
        new DraftCheck(services, problems).Check();
        ImmutableDictionary<string, GivenFile> given = await new GivenFileReader(problems, request.Clock)
            .ReadAsync(services, _ => Hosts, cancellationToken).ConfigureAwait(false);
        problems.ThrowIfAny();
        return Source(services, ignored, given);
    }

    private async Task<MergedEnvironment> EnvironmentAsync(CancellationToken cancellationToken)
    {
        List<EnvironmentFile> files = [];

        // The default environment lies under what is given, as TripleO's own registry does.
        foreach (string file in request.Environments.Prepend(shipped.DefaultEnvironment))
        {
            string? text = await TemplateFiles.ReadAsync(file, null, problems, cancellationToken).ConfigureAwait(false);
            if (text is not null)
            {
                files.Add(EnvironmentFile.Parse(file, text, problems));
            }
        }

        return MergedEnvironment.Of(files);
    }

    private ServiceNames? Names(string key, TemplateNode value)
    {
        if (value is not ScalarNode { IsNull: false } scalar)
        {
            problems.Add(value.Place, $"{key} is mapped to {value.Form}", "a service is mapped to a service file", $"name one of the files in services/, or {ServiceNames.None}");
            return null;
        }

        if (scalar.Text == ServiceNames.None)
        {
            return null;
        }

        ServiceNames? names = ServiceNames.Of(key);
        if (names is null)
        {
            string[] usual = [ServiceNames.RegistryPrefix + "Rpc", ServiceNames.RegistryPrefix + "Notify"];
            problems.Add(value.Place, $"{key} is no messaging service", "behind OsloMessaging stands Rpc or Notify, and a further service's own word behind that", NearestName.Suggest(key, usual, $"write {usual[0]} or {usual[1]}"));
        }

        return names;
    }

    private static ImmutableArray<TierHost> Hosts { get; } = [new TierHost { Name = "localhost", Address = "127.0.0.1", IsLocal = true }];

    private TierSource Source(ImmutableArray<ServiceDraft> services, ImmutableArray<IgnoredEntry> ignored, ImmutableDictionary<string, GivenFile> given)
    {
        return new TierSource
        {
            Request = request,
            Services = services,
            Hosts = Hosts,
            Placement = services.ToImmutableDictionary(service => service.Name, _ => (ImmutableArray<string>)[.. Hosts.Select(host => host.Name)]),
            Packages = [.. services.SelectMany(service => service.Backend?.Packages ?? []).Distinct()],
            Notices = problems.Notices,
            Ignored = ignored,
            GivenFiles = given,
        };
    }
}
