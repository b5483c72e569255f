using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Twinbus.Deployment.Planning;
using Twinbus.Deployment.Reading;
using Twinbus.Hosts.Plans;
using Twinbus.Testing;

const string Usage = """
    usage: bench/planning [HOSTS [INSTANCES]]

    Reads an inventory of HOSTS (default 1000) with INSTANCES clusters of three nodes (default 2: RPC and Notification) and
    plans all of it, in this one fresh process. Fails above 2 seconds or 300 MB.
    example: bench/planning 999 333
    """;
const double MostSeconds = 2;
const long MostMegabytes = 300;
const int Nodes = 3;

int hosts = 1000;
int instances = 2;
if (args.Length > 2
    || (args.Length > 0 && !int.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out hosts))
    || (args.Length > 1 && !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out instances))
    || instances < 2 || hosts < instances * Nodes)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

ShippedFiles shipped = ShippedFiles.Find();
string dual = Path.Combine(shipped.Root, "environments", "messaging", "messaging-dual-rabbitmq.yaml");
StringBuilder environment = new("resource_registry:\n");
StringBuilder roles = new();
StringBuilder inventory = new();
for (int instance = 0; instance < instances; instance++)
{
    string service = instance switch { 0 => "Rpc", 1 => "Notify", _ => $"RpcSplit{instance}" };
    if (instance > 1)
    {
        environment.Append($"  OS::TripleO::Services::OsloMessaging{service}: {shipped.Services}/messaging-rpc-backend-rabbitmq.yaml\n");
    }

    roles.Append($"- name: Messaging{service}\n  ServicesDefault: [OS::TripleO::Services::OsloMessaging{service}]\n");
    inventory.Append($"Messaging{service}:\n  hosts:\n");
    for (int node = 0; node < Nodes; node++)
    {
        inventory.Append($"    m{instance}-{node}: {{ansible_host: 10.{instance / 250}.{instance % 250}.{node + 1}}}\n");
    }
}

if (hosts > instances * Nodes)
{
    inventory.Append($"Compute:\n  hosts:\n    compute[{1:D5}:{hosts - (instances * Nodes):D5}]:\n");
}

DeploymentRequest request = new()
{
    Environments = [dual, directory.Write("environment.yaml", environment.ToString())],
    Roles = directory.Write("roles.yaml", roles.ToString()),
    Inventory = directory.Write("inventory.yaml", inventory.ToString()),
};

Stopwatch watch = Stopwatch.StartNew();
DeploymentSource source = await DeploymentSource.ReadAsync(request, shipped, CancellationToken.None);
TimeSpan read = watch.Elapsed;
PreparedDeployment prepared = DeploymentPlanner.Prepare(source, new PlanningContext
{
    DeploymentDirectory = directory.Path,
    IsDefaultDirectory = true,
    Facts = ImmutableDictionary<string, HostFacts>.Empty,
    Bytes = RandomNumberGenerator.Fill,
    Clock = TimeProvider.System,
});
TimeSpan all = watch.Elapsed;
long megabytes = Process.GetCurrentProcess().PeakWorkingSet64 / (1024 * 1024);
int resources = prepared.Plan.Hosts.Sum(host => host.Stages.Sum(stage => stage.Resources.Length));
Console.WriteLine(
    $"{hosts} hosts, {prepared.Deployment.Instances.Length} instances: read {read.TotalSeconds:F2} s, planned {all.TotalSeconds:F2} s in all, {megabytes} MB; {prepared.Plan.Hosts.Length} hosts with {resources} resources");
return all.TotalSeconds <= MostSeconds && megabytes <= MostMegabytes ? 0 : 1;
