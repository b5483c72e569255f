using System.Security.Cryptography;
using System.Text;
using Twinbus.Hosts;
using Twinbus.Hosts.RabbitMq.Management;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>The definitions that a node loads at each start: Twinbus's administrator, and with it no guest.</summary>
internal static class RabbitMqDefinitions
{
    /// <summary>The administrator's name.</summary>
    public const string Administrator = "twinbus";

    /// <summary>The text of the file. The same secrets give the same text, so that a second deploy changes nothing.</summary>
    public static Secret Text(Secret administratorPassword, Secret cookie) => new($$"""
        {
          "users": [
            {
              "name": "{{Administrator}}",
              "password_hash": "{{Hash(administratorPassword, cookie)}}",
              "hashing_algorithm": "{{PasswordHash.Algorithm}}",
              "tags": ["administrator"]
            }
          ]
        }

        """);

    // The salt follows from the cookie, which only this instance has.
    private static string Hash(Secret password, Secret cookie) => PasswordHash.Of(
        password, HMACSHA256.HashData(Encoding.UTF8.GetBytes(cookie.Reveal()), Encoding.UTF8.GetBytes(Administrator)).AsSpan(0, PasswordHash.SaltLength));
}
