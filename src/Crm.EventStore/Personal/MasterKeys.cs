using System.Security.Cryptography;

namespace Crm.EventStore;

/// <summary>What wraps the keys of persons: keys that are not in the database, or a key management service.</summary>
public interface IKeyManagement
{
    /// <summary>The name of the master key by which new keys are wrapped; stored beside each.</summary>
    string Current { get; }

    /// <summary>Wraps a key by the current master key.</summary>
    /// <param name="subject">Whose key it is; the result opens for no other.</param>
    /// <param name="key">The key, 64 bytes.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <exception cref="KeysUnavailableException">The service does not answer.</exception>
    ValueTask<byte[]> WrapAsync(Guid subject, byte[] key, CancellationToken ct);

    /// <summary>Unwraps a key.</summary>
    /// <exception cref="CryptographicException">The master key is not there, or the wrapped key was changed.</exception>
    /// <exception cref="KeysUnavailableException">The service does not answer.</exception>
    ValueTask<byte[]> UnwrapAsync(Guid subject, string master, byte[] wrapped, CancellationToken ct);
}

/// <summary>The key management service does not answer. What needs a key that is not in memory waits or is turned away; everything else goes on.</summary>
public sealed class KeysUnavailableException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>
/// Master keys from a text: one a line, 32 bytes in base64, the current one first and those before it below, for as long as keys are wrapped by them.
/// A master key is named by the first 8 digits of its SHA-256.
/// </summary>
public sealed class MasterKeys : IKeyManagement
{
    private const int Nonce = 12;
    private const int Tag = 16;
    private readonly Dictionary<string, byte[]> keys = [];

    /// <summary>Reads the keys.</summary>
    /// <exception cref="FormatException">A line is not 32 bytes in base64, or there is none.</exception>
    public MasterKeys(string text)
    {
        foreach (var line in text.Split(['\n', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var key = new byte[32];
            if (!Convert.TryFromBase64String(line, key, out var length) || length != 32) throw new FormatException("A master key is 32 bytes in base64, one key a line.");
            var name = Convert.ToHexStringLower(SHA256.HashData(key))[..8];
            keys.TryAdd(name, key);
            Current ??= name;
        }
        if (Current is null) throw new FormatException("There is no master key.");
    }

    /// <inheritdoc />
    public string Current { get; }

    /// <summary>A new master key as text.</summary>
    public static string New() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <inheritdoc />
    public ValueTask<byte[]> WrapAsync(Guid subject, byte[] key, CancellationToken ct)
    {
        var wrapped = new byte[Nonce + key.Length + Tag];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, Nonce));
        using var aes = new AesGcm(keys[Current], Tag);
        aes.Encrypt(wrapped.AsSpan(0, Nonce), key, wrapped.AsSpan(Nonce, key.Length), wrapped.AsSpan(Nonce + key.Length), subject.ToByteArray(bigEndian: true));
        return new(wrapped);
    }

    /// <inheritdoc />
    public ValueTask<byte[]> UnwrapAsync(Guid subject, string master, byte[] wrapped, CancellationToken ct)
    {
        if (!keys.TryGetValue(master, out var with)) throw new CryptographicException($"The master key {master} is not among those that are configured.");
        var key = new byte[wrapped.Length - Nonce - Tag];
        using var aes = new AesGcm(with, Tag);
        aes.Decrypt(wrapped.AsSpan(0, Nonce), wrapped.AsSpan(Nonce, key.Length), wrapped.AsSpan(Nonce + key.Length), key, subject.ToByteArray(bigEndian: true));
        return new(key);
    }
}
