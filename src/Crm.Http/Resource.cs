using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.EventStore;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Http;

/// <summary>How one kind of record is named and shown.</summary>
/// <typeparam name="T">The record's state.</typeparam>
public abstract class Resource<T> where T : Document, IAggregate<T>
{
    /// <summary>The plural name in routes and rights, for example <c>customers</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Who is responsible for a record, and so who may see it; null where records belong to the organisation and a right is good for all of them.</summary>
    public abstract Ownership<T>? Ownership { get; }

    /// <summary>JSON names of stored members that follow from the others; a history leaves them out.</summary>
    public virtual IReadOnlySet<string> Derived => System.Collections.Frozen.FrozenSet<string>.Empty;

    /// <summary>Whether the record is deleted and answers 404.</summary>
    public virtual bool IsGone(T state) => false;

    /// <summary>The record that this one was merged into, and where it is found from then on; null if it is one of its own.</summary>
    public virtual Guid? MergedInto(T state) => null;

    /// <summary>The record as the caller sees it: its fields and the names of what it refers to.</summary>
    /// <param name="state">The state to show.</param>
    /// <param name="at">The instant it is shown for.</param>
    /// <param name="ct">Cancels the look-ups.</param>
    public virtual ValueTask<JsonObject> Represent(T state, DateTimeOffset at, CancellationToken ct) => ValueTask.FromResult(Json(state));

    /// <summary>The record as the caller sees it: without what a role hides, personal values masked, with <c>may</c>, the actions that are allowed on it.</summary>
    public async ValueTask<JsonObject> ShowAsync(HttpContext http, T state, DateTimeOffset at)
    {
        var access = Access.Of(http);
        var json = await Represent(state, at, http.RequestAborted);
        access.Limits.Show(Name, json);
        if (http.RequestServices.GetRequiredService<DocumentStore>().Personal is { } personal && Masking.Of(http) is { } mask) personal.Mask(typeof(T), json, mask);
        json["may"] = JsonSerializer.SerializeToNode(await access.ActionsAsync(this, state, http.RequestAborted));
        return json;
    }

    /// <summary>The state's own members.</summary>
    protected static JsonObject Json(T state) => JsonSerializer.SerializeToNode(state, EventSerializer.Documents)!.AsObject();
}
