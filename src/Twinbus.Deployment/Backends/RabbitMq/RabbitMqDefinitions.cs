using System.Security.Cryptography;
using System.Text;
using Twinbus.Hosts;

namespace Twinbus.Deployment.Backends.RabbitMq;

/// <summary>The definitions that a node loads at each start: Twinbus's administrator, and with it no guest.</summary>
internal static class RabbitMqDefinitions
{
    /// <summary>The administrator's name.</summary>
    public const string Administrator = "twinbus";

    private const int SaltLength = 4;

    /// <summary>The text of the file. The same secrets give the same text, so that a second deploy changes nothing.</summary>
    public static Secret Text(Secret administratorPassword, Secret cookie) => new($$"""
        {
          "users": [
            {
              "name": "{{Administrator}}",
              "password_hash": "{{PasswordHash(administratorPassword, cookie)}}",
              "hashing_algorithm": "rabbit_password_hashing_sha256",
              "tags": ["administrator"]
            }
          ]
        }

        """);

    // RabbitMQ's form: base64 of salt + SHA-256(salt + password). The salt follows from the cookie, which only this instance has.
    private static string PasswordHash(Secret password, Secret cookie)
    {
        byte[] salt = HMACSHA256.HashData(Encoding.UTF8.GetBytes(cookie.Reveal()), Encoding.UTF8.GetBytes(Administrator))[..SaltLength];
        byte[] hash = SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password.Reveal())]);
        return Convert.ToBase64String([.. salt, .. hash]);
    }
}
