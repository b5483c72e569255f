using System.Collections.Immutable;
using System.Net;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Checks;

/// <summary>Checks what services say about hosts against the hosts that they have.</summary>
internal sealed class HostCheck(ImmutableArray<ServiceDraft> services, ServicePlacement placement, ProblemList problems)
{
    public void Check()
    {
        foreach (ServiceDraft service in services.Where(service => service.Backend is { Capabilities.IsDeployed: true }))
        {
            int hosts = placement.ByService[service.Name].Length;
            CheckCalled(service, hosts);
            CheckBindAddress(service, hosts);
        }
    }

    private void CheckCalled(ServiceDraft service, int hosts)
    {
        if (service.Parameters.Find("Hosts") is { Text.Length: > 0 } called && hosts > 0)
        {
            int given = service.Parameters.Items("Hosts").Length;
            if (given != hosts)
            {
                problems.Add(called.Place, $"{called.Name} has {given} names for {hosts} hosts", "each host is called by one", "give one for each host, in the inventory's order");
            }

            foreach (string name in service.Parameters.Items("Hosts").Where(name => Uri.CheckHostName(name) is UriHostNameType.Unknown))
            {
                problems.Add(called.Place, $"{called.Name} holds '{name}'", "that is neither a name nor an address", "mend it; the port is that of the service");
            }
        }
    }

    private void CheckBindAddress(ServiceDraft service, int hosts)
    {
        if (service.Parameters.Find("BindAddress") is not { Text.Length: > 0 } bind)
        {
            return;
        }

        if (!IPAddress.TryParse(bind.Text, out IPAddress? address))
        {
            problems.Add(bind.Place, $"{bind.Name} is '{bind.Text}'", "that is no address", "give an IPv4 or IPv6 address");
        }
        else if (hosts > 1 && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
        {
            problems.Add(bind.Place, $"{bind.Name} is one address for {hosts} hosts", "an address belongs to one host", "leave it out, or give 0.0.0.0 or ::");
        }
    }
}
