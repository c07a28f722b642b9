using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Crm.EventStore;
using Microsoft.AspNetCore.Identity;

namespace Crm.Identity;

/// <summary>Time-based one-time codes (RFC 6238): six digits, thirty seconds, HMAC-SHA-1, as every authenticator app makes them.</summary>
internal static class Totp
{
    /// <summary>Digits of a code.</summary>
    public const int Digits = 6;

    private const int Seconds = 30;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>The number of the time step an instant lies in.</summary>
    public static long StepAt(DateTimeOffset at) => at.ToUnixTimeSeconds() / Seconds;

    /// <summary>The code of a time step.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "RFC 6238; collisions of SHA-1 do not matter to HMAC.")]
    public static string Code(ReadOnlySpan<byte> key, long step)
    {
        Span<byte> message = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(message, step);
        Span<byte> hash = stackalloc byte[20];
        HMACSHA1.HashData(key, message, hash);
        var number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 0xF)..]) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>The step a code belongs to: the one of the instant, or its neighbours for clocks that differ; null if to none.</summary>
    public static long? Match(ReadOnlySpan<byte> key, string code, DateTimeOffset at)
    {
        long? found = null;
        var typed = Encoding.UTF8.GetBytes(code);
        for (var step = StepAt(at) - 1; step <= StepAt(at) + 1; step++)
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Code(key, step)), typed)) found = step;
        return found;
    }

    /// <summary>The bytes of a key as apps show it (RFC 4648 §6).</summary>
    public static byte[] Key(string base32)
    {
        var bytes = new List<byte>();
        var (bits, count) = (0, 0);
        foreach (var c in base32.TrimEnd('='))
        {
            (bits, count) = ((bits << 5) | Alphabet.IndexOf(c, StringComparison.Ordinal), count + 5);
            if (count < 8) continue;
            count -= 8;
            bytes.Add((byte)(bits >> count));
            bits &= (1 << count) - 1;
        }
        return [.. bytes];
    }
}

/// <summary>Identity's authenticator provider, with each time step accepted once.</summary>
internal sealed class OneTimeAuthenticator(AccountStore accounts, DocumentStore store) : AuthenticatorTokenProvider<Account>
{
    /// <inheritdoc />
    public override async Task<bool> ValidateAsync(string purpose, string token, UserManager<Account> manager, Account user) =>
        await manager.GetAuthenticatorKeyAsync(user) is { } key && Totp.Match(Totp.Key(key), token, store.Now) is { } step && await accounts.UseStepAsync(user, step, CancellationToken.None);
}
