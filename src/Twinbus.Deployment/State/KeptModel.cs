using Twinbus.Deployment.Model;

namespace Twinbus.Deployment.State;

/// <summary>What deployment.json holds.</summary>
internal sealed record KeptModel(string Format, int Version, MessagingDeployment Model);
