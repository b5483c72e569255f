using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Checks;

/// <summary>Checks services against the release of oslo.messaging that their clients run: drivers come and go.</summary>
internal sealed class ReleaseCheck(ImmutableArray<ServiceDraft> services, ProblemList problems)
{
    public void Check()
    {
        Dictionary<string, OsloRelease?> found = [];
        foreach (ServiceDraft service in services)
        {
            if (service.Parameters.Find("OsloMessagingRelease") is not { } release || Transport(service) is not { } transport)
            {
                continue;
            }

            if (release.Text.Length == 0)
            {
                NoteUnchecked(service, transport);
            }
            else if (Find(release, found) is { } known && !known.HasDriver(transport))
            {
                problems.Add(
                    release.Place ?? service.Place,
                    $"oslo.messaging {known} has no {transport} driver, which the {service.Name} service needs",
                    OsloReleases.NewestWith(transport) is { } last ? $"{last} is the last that has it" : "no release has it",
                    $"map {service.RegistryName} to another backend, or name the older release that its clients run");
            }
        }
    }

    // Behind somebody else's broker stands one that is known by its driver.
    private static string? Transport(ServiceDraft service) => service.Backend?.Capabilities.Transport switch
    {
        null => null,
        "" => service.Backend.AddressOf(service) is { } address ? ClientOptions.SchemeOf(address.Transport) : null,
        var transport => transport,
    };

    private OsloRelease? Find(ParameterValue release, Dictionary<string, OsloRelease?> found)
    {
        if (!found.TryGetValue(release.Text, out OsloRelease? known))
        {
            try
            {
                known = OsloReleases.Find(release.Text);
            }
            catch (DeploymentException e)
            {
                problems.Add(release.Place, $"{release.Name}: {e.Problems[0].What}", e.Problems[0].Why, e.Problems[0].Next);
            }

            found[release.Text] = known;
        }

        return known;
    }

    private void NoteUnchecked(ServiceDraft service, string transport)
    {
        if (!OsloReleases.Newest.HasDriver(transport) && OsloReleases.NewestWith(transport) is { } last)
        {
            problems.Notice(
                service.Place,
                $"whether the clients of {service.Name} have the {transport} driver was not checked",
                $"oslo.messaging {last} is the last that has it",
                "set OsloMessagingRelease to what they run");
        }
    }
}
