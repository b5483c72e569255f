using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Clients;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Oslo;
using Twinbus.Deployment.Reading;

namespace Twinbus.Deployment.Checks;

/// <summary>Checks that clients can be told of a deployment: what <c>show config</c> would refuse is refused before anything is deployed.</summary>
internal sealed class ClientCheck(ImmutableArray<ServiceDraft> services, BackendRegistry backends, ProblemList problems)
{
    public void Check(MessagingDeployment deployment)
    {
        // A named release is the operator's word; without one show config takes the newest, and says so.
        foreach (ClientProblem problem in Clients(deployment).SelectMany(Problems).Distinct())
        {
            if (problem.IsNote)
            {
                problems.Notice(PlaceOf(problem), problem.Problem.What, problem.Problem.Why, problem.Problem.Next);
            }
            else
            {
                problems.Add(PlaceOf(problem), problem.Problem.What, problem.Problem.Why, problem.Problem.Next);
            }
        }
    }

    // A client of both services, each service by itself with the release of its own clients, and those that have one of their own.
    private IEnumerable<ClientConfiguration> Clients(MessagingDeployment deployment)
    {
        yield return ClientConfiguration.Of(deployment, secrets: null, backends);
        foreach (MessagingService service in deployment.Services)
        {
            yield return ClientConfiguration.Of(deployment with { Services = [service] }, secrets: null, backends);
            if (service.Name.Split('-', 2) is [_, var client])
            {
                yield return ClientConfiguration.Of(deployment, secrets: null, backends, ClientService.Named(client));
            }
        }
    }

    private static IEnumerable<ClientProblem> Problems(ClientConfiguration client) =>
        ClientSettingsResolution.ProblemsOf(client).Where(problem => client.Release is not null || !problem.IsOfRelease);

    private SourcePlace? PlaceOf(ClientProblem problem)
    {
        ServiceDraft service = services.First(service => service.Name == problem.Service);
        ServiceDraft owner = services.FirstOrDefault(other => other.Name == service.File.Shares) ?? service;
        string?[] candidates = [problem.Parameter, "TransportURL", "OsloMessagingRelease"];
        return candidates.OfType<string>()
            .Select(name => (service.Parameters.Find(name) ?? owner.Parameters.Find(name))?.Place)
            .FirstOrDefault(place => place is not null) ?? service.Place;
    }
}
