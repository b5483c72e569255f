using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Certificates;
using Twinbus.Deployment.Checks;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Reading;
using Twinbus.Messaging;

namespace Twinbus.Deployment.Planning;

/// <summary>Reads what was given, from environment files to checked drafts of the messaging services.</summary>
internal sealed class DeploymentReader
{
    private readonly DeploymentRequest request;
    private readonly ShippedFiles shipped;
    private readonly BackendRegistry backends;
    private readonly ProblemList problems = new();
    private readonly ServiceCatalogue catalogue;

    public DeploymentReader(DeploymentRequest request, ShippedFiles shipped, BackendRegistry backends)
    {
        this.request = request;
        this.shipped = shipped;
        this.backends = backends;
        catalogue = new ServiceCatalogue(shipped, backends.RefusalOf, problems);
    }

    /// <exception cref="DeploymentException">All that is wrong, at once.</exception>
    public async Task<DeploymentSource> ReadAsync(CancellationToken cancellationToken)
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
                Backend = file.Backend is null ? null : backends.Find(file.Backend),
                Backends = backends,
                Parameters = check.Values(names.Name, names.Prefix, definitions),
            });
        }

        ImmutableArray<ServiceDraft> services = drafts.ToImmutable();
        ImmutableArray<IgnoredEntry> ignored = await new UnknownNames(catalogue, environment, services, shipped, backends, problems).CheckAsync(cancellationToken).ConfigureAwait(false);
        new DraftCheck(services, MappedNames(environment), LastMapping(environment), problems).Check();
        new LoginCheck(services, problems).Check();
        ServicePlacement placement = await PlacementAsync(services, environment, cancellationToken).ConfigureAwait(false);
        new ReleaseCheck(services, problems).Check();
        ignored = ignored.RemoveAll(entry => placement.Counts.Contains(entry.Name));
        if (ignored.Length > 0)
        {
            problems.Notice(null, $"{Counted(ignored.Length)} ignored", "other services read them, or nothing does", "twinbus show parameters --ignored lists them");
        }

        ImmutableDictionary<string, CustomCertificateFile> given = await CustomCertificatesAsync(services, placement, cancellationToken).ConfigureAwait(false);
        DeploymentSource source = new()
        {
            Request = request,
            Backends = backends,
            Services = services,
            Hosts = placement.Hosts,
            Placement = placement,
            CustomCertificateFiles = given,
            Packages = [.. services.SelectMany(service => PackagesOf(service)).Distinct()],
            Notices = problems.Notices,
            Ignored = ignored,
        };
        if (problems.IsEmpty)
        {
            // What is wrong whatever the hosts are is said without asking them.
            new ClientCheck(services, backends, problems).Check(DeploymentPlanner.Foresee(source, PlanningContext.OfFilesAlone(request.Clock), problems));
        }

        problems.ThrowIfAny();
        return source;
    }

    private static ImmutableArray<string> PackagesOf(ServiceDraft service) =>
        service.Backend is { } backend && new ServerParameters(backend.Capabilities.ParameterPrefix).Read(service.Parameters).Source is ServerSource.Package ? backend.Packages : [];

    private static string Counted(int entries) => entries == 1 ? "1 entry of the environments was" : $"{entries} entries of the environments were";

    private static ImmutableHashSet<string> MappedNames(MergedEnvironment environment) =>
    [
        .. environment.Registry
            .Where(entry => entry.Key.StartsWith(ServiceNames.RegistryPrefix, StringComparison.Ordinal) && entry.Value is not ScalarNode { Text: ServiceNames.None })
            .Select(entry => ServiceNames.Of(entry.Key)?.Name).OfType<string>(),
    ];

    // Where one of them went, when no messaging service is left.
    private static SourcePlace? LastMapping(MergedEnvironment environment) => environment.Registry
        .LastOrDefault(entry => entry.Key.StartsWith(ServiceNames.RegistryPrefix, StringComparison.Ordinal)).Value?.Place;

    private async Task<ServicePlacement> PlacementAsync(ImmutableArray<ServiceDraft> services, MergedEnvironment environment, CancellationToken cancellationToken)
    {
        int before = problems.Count;
        ImmutableArray<Role> roles = await RolesAsync(cancellationToken).ConfigureAwait(false);
        Inventory? inventory = null;
        if (request.Inventory is { } file && await TemplateFiles.ReadAsync(file, null, problems, cancellationToken).ConfigureAwait(false) is { } text)
        {
            inventory = InventoryFile.Parse(file, text, problems);
        }

        else if (request.Inventory is null && request.Roles is { } unused)
        {
            problems.Notice(SourcePlace.Whole(unused), "the roles say nothing", "without an inventory this machine carries every service", "give the hosts with -i");
        }

        ServicePlacement placement = new PlacementCheck(services, roles, isSound: problems.Count == before, problems).Place(inventory, request.Inventory ?? "");
        new HostCheck(services, placement, problems).Check();
        return inventory is null
            ? placement
            : placement with { Counts = new RoleCountCheck(environment, roles, services, problems).Check(inventory) };
    }

    // Without a roles file an inventory's groups may be any of the roles that Twinbus ships.
    private async Task<ImmutableArray<Role>> RolesAsync(CancellationToken cancellationToken)
    {
        if (request.Roles is null && request.Inventory is null)
        {
            return [];
        }

        List<Role> roles = [];
        foreach (string file in request.Roles is { } given ? [given] : shipped.RoleFiles())
        {
            if (await TemplateFiles.ReadAsync(file, null, problems, cancellationToken).ConfigureAwait(false) is { } text)
            {
                roles.AddRange(RolesFile.Parse(file, text, problems).Select(role => role with { IsShipped = request.Roles is null }));
            }
        }

        return [.. roles];
    }

    // Which hosts a certificate is for is not known while anything else is wrong.
    private async Task<ImmutableDictionary<string, CustomCertificateFile>> CustomCertificatesAsync(
        ImmutableArray<ServiceDraft> services, ServicePlacement placement, CancellationToken cancellationToken) => problems.IsEmpty
        ? await new CustomCertificateReader(problems, request.Clock).ReadAsync(services, placement.HostsOf, cancellationToken).ConfigureAwait(false)
        : ImmutableDictionary<string, CustomCertificateFile>.Empty;

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
            problems.Add(value.Place, $"{key} is no messaging service", $"behind OsloMessaging stands Rpc or Notify, and a further service's own word of up to {ServiceNames.LongestWord} letters and digits behind that", WordSuggestion.Suggest(key, usual, $"write {usual[0]} or {usual[1]}"));
        }

        return names;
    }
}
