using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Crm.EventStore;

/// <summary>
/// The key of one person: 32 bytes to encrypt with (AES-256-GCM) and 32 to make nonces of. A nonce is a function of the text and its header, so that
/// one text always looks the same: a projection that is built anew has the rows it had. What that tells is whether two values of one person are equal.
/// </summary>
internal sealed class PersonalKey(byte[] bytes)
{
    public const int Size = 64;
    private const int Nonce = 12;
    private const int Tag = 16;

    public byte[] Bytes => bytes;

    public static PersonalKey New() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>A JSON value as the text that stands in its place.</summary>
    public string Seal(Guid person, char kind, ReadOnlySpan<byte> json)
    {
        var sealing = new byte[SealedText.HeaderSize + json.Length];
        SealedText.WriteHeader(sealing, kind, person);
        json.CopyTo(sealing.AsSpan(SealedText.HeaderSize));
        return Encoding.ASCII.GetString(sealing, 0, SealedText.HeaderSize) + Base64Url.EncodeToString(Encrypt(sealing.AsSpan(0, SealedText.HeaderSize), sealing));
    }

    /// <summary>The JSON value behind a text, or null if the text was not made with this key.</summary>
    public byte[]? Open(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(payload.Length)];
        return Base64Url.DecodeFromUtf8(payload, bytes, out _, out var length) == OperationStatus.Done ? Decrypt(header, bytes.AsSpan(0, length)) : null;
    }

    /// <summary>Encrypts bytes that are bound to a purpose.</summary>
    public byte[] Protect(string purpose, ReadOnlySpan<byte> plain) => Encrypt(Encoding.UTF8.GetBytes(purpose), [.. Encoding.UTF8.GetBytes(purpose), .. plain]);

    /// <summary>The bytes behind <see cref="Protect"/>.</summary>
    /// <exception cref="CryptographicException">They were made with another key or for another purpose.</exception>
    public byte[] Unprotect(string purpose, ReadOnlySpan<byte> sealedBytes) =>
        Decrypt(Encoding.UTF8.GetBytes(purpose), sealedBytes) ?? throw new CryptographicException($"What is protected for {purpose} was changed or made with another key.");

    /// <summary>A keyed hash of 128 bits: equal values have equal ones, and without the key none can be found by trying.</summary>
    public string Blind(string what, string value)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(bytes.AsSpan(32), Encoding.UTF8.GetBytes($"{what}\n{value}"), mac);
        return Base64Url.EncodeToString(mac[..16]);
    }

    /// <param name="header">What is authenticated but not encrypted; <paramref name="message"/> begins with it.</param>
    /// <param name="message">Header and plain bytes.</param>
    private byte[] Encrypt(ReadOnlySpan<byte> header, ReadOnlySpan<byte> message)
    {
        var plain = message[header.Length..];
        var payload = new byte[Nonce + plain.Length + Tag];
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(bytes.AsSpan(32), message, mac);
        mac[..Nonce].CopyTo(payload);
        using var aes = new AesGcm(bytes.AsSpan(0, 32), Tag);
        aes.Encrypt(payload.AsSpan(0, Nonce), plain, payload.AsSpan(Nonce, plain.Length), payload.AsSpan(Nonce + plain.Length), header);
        return payload;
    }

    private byte[]? Decrypt(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < Nonce + Tag) return null;
        var plain = new byte[payload.Length - Nonce - Tag];
        using var aes = new AesGcm(bytes.AsSpan(0, 32), Tag);
        try
        {
            aes.Decrypt(payload[..Nonce], payload[Nonce..^Tag], payload[^Tag..], plain, header);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
