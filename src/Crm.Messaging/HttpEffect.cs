using System.Net.Http.Json;
using System.Text.Json;
using Crm.EventStore;

namespace Crm.Messaging;

/// <summary>Posts JSON to a receiver. The message's identity travels as <c>Idempotency-Key</c>, so that an idempotent receiver takes it once.</summary>
/// <param name="Url">The receiver; http or https.</param>
/// <param name="Body">What is posted.</param>
public sealed record PostJson(Uri Url, JsonElement Body);

/// <summary>
/// The queue <c>http</c>. Addresses of this machine and of private networks are refused unless the host is listed in <c>Crm:Http:AllowedHosts</c>:
/// a receiver's address comes from outside and must not reach what only this machine can reach.
/// </summary>
public static class HttpEffect
{
    /// <summary>Adds the queue.</summary>
    /// <param name="messaging">The queues.</param>
    /// <param name="allowedHosts">Hosts whose addresses may be private.</param>
    /// <param name="timeout">How long a receiver may take; ten seconds by default.</param>
    public static MessagingOptions AddHttp(this MessagingOptions messaging, IReadOnlyCollection<string> allowedHosts, TimeSpan? timeout = null)
    {
        // Redirects are not followed: a receiver could send the request elsewhere with them.
        var client = new HttpClient(OutgoingAddresses.Handler(allowedHosts)) { Timeout = Timeout.InfiniteTimeSpan };
        messaging.ExternalQueue("http").With(timeout: timeout ?? TimeSpan.FromSeconds(10)).Handle<PostJson>((post, scope, ct) => PostAsync(post, scope, client, ct));
        return messaging;
    }

    private static async Task<Effects> PostAsync(PostJson post, HandlerScope scope, HttpClient client, CancellationToken ct)
    {
        if (!post.Url.IsAbsoluteUri || post.Url.Scheme is not ("http" or "https")) throw new MessageException("The address is not one of http or https.");
        using var request = new HttpRequestMessage(HttpMethod.Post, post.Url) { Content = JsonContent.Create(post.Body, options: EventSerializer.Options) };
        request.Headers.Add("Idempotency-Key", scope.Context.MessageId.ToString());
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            answer.EnsureSuccessStatusCode();
            return Effects.Nothing;
        }
        catch (HttpRequestException e) when (e.InnerException is MessageException refused)
        {
            throw refused;
        }
    }
}
