using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Crm.EventStore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Crm.Host;

/// <summary>Where HashiCorp Vault is, and the key there.</summary>
/// <param name="Address">Its address, for example <c>https://vault.example.com:8200</c>.</param>
/// <param name="TokenFile">A file with the token, read anew for every call, so that an agent may renew it; the token needs <c>update</c> on encrypt and decrypt.</param>
/// <param name="Key">The name of a transit key of type <c>aes256-gcm96</c>.</param>
public sealed record VaultSettings(Uri Address, string TokenFile, string Key);

/// <summary>
/// Wraps keys of persons by a key that never leaves HashiCorp Vault (transit secrets engine, <c>/v1/transit/encrypt</c> and <c>decrypt</c>). After
/// <c>vault write -f transit/keys/{key}/rotate</c> keys are wrapped anew by night; no event changes.
/// </summary>
public sealed class VaultTransit(VaultSettings settings, HttpMessageHandler? handler = null) : IKeyManagement, IHealthCheck, IDisposable
{
    private readonly HttpClient client = new(handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { BaseAddress = settings.Address, Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>The key and its newest version as far as it was seen: it is in every ciphertext.</summary>
    public string Current { get; private set; } = settings.Key;

    /// <inheritdoc />
    public async ValueTask<byte[]> WrapAsync(Guid subject, byte[] key, CancellationToken ct)
    {
        var answer = await CallAsync("encrypt", new Dictionary<string, string> { ["plaintext"] = Convert.ToBase64String(key), ["associated_data"] = Subject(subject) }, ct);
        var ciphertext = answer.Ciphertext ?? throw new CryptographicException("Vault answered no ciphertext.");
        if (ciphertext.Split(':') is ["vault", var version, _]) Current = $"{settings.Key}:{version}";
        return Encoding.ASCII.GetBytes(ciphertext);
    }

    /// <inheritdoc />
    public async ValueTask<byte[]> UnwrapAsync(Guid subject, string master, byte[] wrapped, CancellationToken ct)
    {
        if (master.Split(':')[0] != settings.Key) throw new CryptographicException($"The master key {master} is not the one that is configured.");
        var answer = await CallAsync("decrypt", new Dictionary<string, string> { ["ciphertext"] = Encoding.ASCII.GetString(wrapped), ["associated_data"] = Subject(subject) }, ct);
        return Convert.FromBase64String(answer.Plaintext ?? throw new CryptographicException("Vault answered no plaintext."));
    }

    /// <summary>Whether keys can be had; without them persons that are known go on for a while, and new ones cannot be recorded.</summary>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await WrapAsync(Guid.Empty, new byte[64], cancellationToken);
            return HealthCheckResult.Healthy(Current);
        }
        catch (Exception e) when (e is KeysUnavailableException or CryptographicException)
        {
            return HealthCheckResult.Degraded(e.Message);
        }
    }

    /// <inheritdoc />
    public void Dispose() => client.Dispose();

    private static string Subject(Guid subject) => Convert.ToBase64String(subject.ToByteArray(bigEndian: true));

    private async Task<Data> CallAsync(string operation, Dictionary<string, string> body, CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/transit/{operation}/{Uri.EscapeDataString(settings.Key)}") { Content = JsonContent.Create(body) };
            request.Headers.Add("X-Vault-Token", (await File.ReadAllTextAsync(settings.TokenFile, ct)).Trim());
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            using var answer = await client.SendAsync(request, ct);
            // 400 is a ciphertext that is not this subject's; a token that has expired, a seal or a fault may pass.
            if (answer.StatusCode == HttpStatusCode.BadRequest) throw new CryptographicException($"Vault refused to {operation}: the key or the wrapped key is not right.");
            if (!answer.IsSuccessStatusCode) throw new KeysUnavailableException($"Vault answered {(int)answer.StatusCode} to {operation}.");
            return (await answer.Content.ReadFromJsonAsync<Answer>(ct))?.Data ?? throw new KeysUnavailableException($"Vault answered nothing to {operation}.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not KeysUnavailableException or UnauthorizedAccessException or System.Text.Json.JsonException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new KeysUnavailableException($"Vault cannot be asked to {operation}: {e.GetType().Name}.", e);
        }
    }

    private sealed record Answer(Data? Data);

    private sealed record Data(string? Ciphertext, string? Plaintext);
}
