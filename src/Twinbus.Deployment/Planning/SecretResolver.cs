using System.Collections.Immutable;
using Twinbus.Deployment.Backends;
using Twinbus.Deployment.Model;
using Twinbus.Deployment.Placement;
using Twinbus.Deployment.Secrets;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Planning;

/// <summary>Finds each secret that a model needs: given by the operator, kept from an earlier deploy, or new.</summary>
internal sealed class SecretResolver(ImmutableArray<ServiceDraft> services, MessagingDeployment deployment, PlanningContext context)
{
    /// <summary>The secrets that the deployment then has; those that it no longer needs are gone.</summary>
    public DeploymentSecrets Secrets(ImmutableArray<InstanceDraft> instances)
    {
        DeploymentSecrets secrets = DeploymentSecrets.None;
        foreach (string name in deployment.Services.Select(service => service.PasswordName).OfType<string>().Distinct())
        {
            string? given = services.Zip(deployment.Services)
                .Where(pair => pair.Second.PasswordName == name)
                .Select(pair => pair.First.Backend?.AddressOf(pair.First)?.Password?.Reveal() ?? pair.First.Parameters.Text("Password"))
                .FirstOrDefault(text => text.Length > 0);
            secrets = secrets.With(name, Choose(given, name));
        }

        foreach (InstanceDraft instance in instances)
        {
            foreach (InstanceSecret wanted in instance.Backend.Secrets)
            {
                string name = $"{instance.Name}.{wanted.Name}";
                string? given = wanted.Parameter is { } parameter ? instance.Owner.Parameters.Text(parameter) : null;
                secrets = secrets.With(name, Choose(given, name, wanted.Make));
            }
        }

        return secrets;
    }

    private Secret Choose(string? given, string name, Func<ByteSource, Secret>? make = null) =>
        string.IsNullOrEmpty(given) ? context.Secrets.Find(name) ?? (make ?? SecretGenerator.Make)(context.Bytes) : new Secret(given);
}
