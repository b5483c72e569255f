using Twinbus.Hosts.Converging;
using Twinbus.Hosts.Plans;
using Twinbus.Hosts.Platform;

namespace Twinbus.Hosts.Kinds.Users;

internal sealed class UserConverger : Converger<UserResource>
{
    private const string NoLogin = "/usr/sbin/nologin";

    public override bool IsShared => true;

    public override async ValueTask<Outcome> RemoveAsync(LedgerEntry entry, ConvergenceContext context, CancellationToken cancellationToken)
    {
        if (context.Accounts.UserId(entry.Name) is null && context.Accounts.GroupId(entry.Name) is null)
        {
            return Outcome.UpToDate;
        }

        if (context.Accounts.UserId(entry.Name) is not null)
        {
            await RunAsync(new Command("/usr/sbin/userdel", entry.Name), entry.Name, cancellationToken).ConfigureAwait(false);
            context.Accounts.Forget();
        }

        // userdel takes the group of the same name along, unless it was made without the user.
        if (context.Accounts.GroupId(entry.Name) is not null)
        {
            await RunAsync(new Command("/usr/sbin/groupdel", entry.Name), entry.Name, cancellationToken).ConfigureAwait(false);
            context.Accounts.Forget();
        }

        return Outcome.Delete();
    }

    protected override ValueTask<Outcome> ReadAsync(UserResource resource, ConvergenceContext context, CancellationToken cancellationToken)
    {
        if (context.Accounts.Login(resource.User) is not var (home, shell))
        {
            return ValueTask.FromResult(Outcome.Create());
        }

        var differences = new List<string>();
        if (home != resource.Home)
        {
            differences.Add($"home {home} -> {resource.Home}");
        }

        if (shell != NoLogin)
        {
            differences.Add($"shell {shell} -> {NoLogin}");
        }

        if (context.Accounts.GroupId(resource.User) is null)
        {
            differences.Add($"group {resource.User} missing");
        }

        return ValueTask.FromResult(Outcome.Of(differences));
    }

    protected override async ValueTask<Outcome> ChangeAsync(
        UserResource resource, Outcome found, ConvergenceContext context, CancellationToken cancellationToken)
    {
        if (context.Accounts.GroupId(resource.User) is null)
        {
            await RunAsync(new Command("/usr/sbin/groupadd", "--system", resource.User), resource.User, cancellationToken)
                .ConfigureAwait(false);
        }

        var command = found.Action == ResourceAction.Create
            ? new Command(
                "/usr/sbin/useradd",
                "--system", "--gid", resource.User, "--home-dir", resource.Home, "--no-create-home", "--shell", NoLogin, resource.User)
            : new Command("/usr/sbin/usermod", "--home", resource.Home, "--shell", NoLogin, resource.User);
        await RunAsync(command, resource.User, cancellationToken).ConfigureAwait(false);
        context.Accounts.Forget();
        return found;
    }

    protected override LedgerEntry Remember(UserResource resource) => new(resource.Kind, resource.Name);

    private static async Task RunAsync(Command command, string user, CancellationToken cancellationToken)
    {
        var result = await command.RunAsync(cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new HostException(
                HostFailureReason.FileSystem,
                $"User {user} could not be changed to what the plan says.",
                $"{command.Program} ended with {result.ExitCode}: {result.Tail(3)}",
                $"Run it by hand to see more: {command.Program} {string.Join(' ', command.Arguments)}");
        }
    }
}
