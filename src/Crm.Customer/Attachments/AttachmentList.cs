using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>The attachments of every customer, a row a version. With the events, so that limits, names and the next command count on what was just saved.</summary>
internal sealed class Attachments : TableProjection
{
    public override string Name => "customer.attachments";

    public override IReadOnlyCollection<Type> Events { get; } =
        [typeof(AttachmentAdded), typeof(AttachmentChanged), typeof(AttachmentRemoved), typeof(AttachmentRestored), typeof(FollowUpLogged), typeof(CustomerErased), typeof(ContactErased)];

    public override void Project(Event e, SqlBatch sql)
    {
        var table = sql.Table("customer.attachments");
        switch (e.Data)
        {
            case AttachmentAdded x:
                sql.Add($"""
                    insert into {table} (id, version, customer_id, content_id, contact_id, size, doc, effective_at, recorded_at)
                    values ({x.AttachmentId}, {e.Version}, {e.StreamId}, {x.ContentId}, {x.ContactId}, {x.Size}, {SqlBatch.Json(e.SealedJson(Of(e, x), e.StreamId))}, {e.EffectiveAt}, {e.Timestamp})
                    on conflict (id, version) do nothing
                    """);
                break;
            case AttachmentChanged x: Next(e, sql, [x.AttachmentId], e.SealedJson(new Renamed(x.ContactId, x.Name, x.Kind), e.StreamId)); break;
            case FollowUpLogged { AttachmentIds: { Length: > 0 } ids } x: Next(e, sql, ids, JsonSerializer.Serialize(new { x.FollowUpId }, EventSerializer.Documents)); break;
            case AttachmentRemoved x:
                sql.Add($"""
                    update {table} set effective_to = {e.EffectiveAt}, recorded_to = {e.Timestamp}, removed_at = {e.Timestamp}
                    where id = {x.AttachmentId} and customer_id = {e.StreamId} and recorded_to is null and version < {e.Version}
                    """);
                break;
            case AttachmentRestored x:
                sql.Add($"""
                    with last as (update {table} set removed_at = null where id = {x.AttachmentId} and customer_id = {e.StreamId} and removed_at is not null and version < {e.Version}
                      returning id, customer_id, content_id, contact_id, size, doc)
                    insert into {table} (id, version, customer_id, content_id, contact_id, size, doc, effective_at, recorded_at)
                    select id, {e.Version}, customer_id, content_id, contact_id, size, doc, {e.EffectiveAt}, {e.Timestamp} from last on conflict (id, version) do nothing
                    """);
                break;
            case CustomerErased: sql.Add($"delete from {table} where customer_id = {e.StreamId}"); break;
            case ContactErased x: sql.Add($"delete from {table} where customer_id = {e.StreamId} and contact_id = {x.ContactId}"); break;
        }
    }

    /// <summary>An attachment as its first event tells it.</summary>
    public static Attachment Of(Event e, AttachmentAdded x) =>
        new(x.AttachmentId, x.Name, x.Kind, x.Size, x.ContentType, x.Sha256, x.ContactId, x.FollowUpId, e.Context.UserName, null, e.Timestamp);

    private static void Next(Event e, SqlBatch sql, Guid[] ids, string patch)
    {
        var table = sql.Table("customer.attachments");
        sql.Add($"""
            with last as (update {table} set effective_to = {e.EffectiveAt}, recorded_to = {e.Timestamp} where id = any({ids}) and customer_id = {e.StreamId} and recorded_to is null and version < {e.Version}
              returning id, customer_id, content_id, contact_id, size, doc)
            insert into {table} (id, version, customer_id, content_id, contact_id, size, doc, effective_at, recorded_at)
            select id, {e.Version}, customer_id, content_id, contact_id, size, doc || {SqlBatch.Json(patch)}, {e.EffectiveAt}, {e.Timestamp} from last on conflict (id, version) do nothing
            """);
    }

    private sealed record Renamed([property: Person] Guid? ContactId, [property: Personal(PersonalKind.Text, Required = true)] string Name, AttachmentKind Kind);
}

/// <summary><c>GET /customers/{id}/attachments</c>: newest first, with the parameters of every list, now or at a past instant; and one of them.</summary>
internal static class AttachmentList
{
    private static readonly ListSource Source = new(FieldMap.Of<Attachment>().Add("createdByName", FieldType.Text, "u.name"), "customer.attachments")
    {
        Joins = "left join customer.users u on u.id = d.doc->>'createdBy'",
        Select = "d.doc || jsonb_build_object('createdByName', u.name)",
        Sort = "-createdAt",
        Search = ListSource.NotSearched,
    };

    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapPartList<Attachment>("{id:guid}/attachments", Source, (http, customer) =>
        {
            // Files of customers that were merged into this one stay where they are.
            var holders = customer.Merges.Select(m => m.SourceId).Prepend(customer.Id).ToArray();
            return AsOf.Of(http) switch
            {
                (null, _) => $"d.customer_id = any({holders}) and d.recorded_to is null",
                ({ } at, Basis.Recorded) => $"d.customer_id = any({holders}) and (d.recorded_to is null or d.recorded_to > {at})",
                ({ } at, _) => $"d.customer_id = any({holders}) and (d.effective_to is null or d.effective_to > {at})",
            };
        });
        customers.MapGet("{id:guid}/attachments/{attachmentId:guid}", async (HttpContext http, Guid id, Guid attachmentId, DocumentStore store) =>
        {
            await PartLists.SeenAsync(http, store, id);
            var found = await ReadAsync(store, id, attachmentId, http.RequestAborted) ?? throw ProblemException.NotFound();
            return Results.Json(Masking.SeenBy(found.Attachment, "customers", "attachments", http, store), EventSerializer.Documents);
        }).Requires(Right.View("customers")).WithName("GetAttachment").Produces<Attachment>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    /// <summary>An attachment as whoever looks at the customer finds it: with those of customers that were merged into it, which only these themselves can change.</summary>
    public static async Task<(Attachment Attachment, Guid ContentId, DateTimeOffset? RemovedAt)?> ReadAsync(DocumentStore store, Guid customer, Guid id, CancellationToken ct)
    {
        if (await FindAsync(store, customer, id, ct) is { } own) return own;
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var source = await connection.ExecuteScalarAsync<Guid?>(new CommandDefinition("""
            select a.customer_id from customer.attachments a join customer.match_keys k on k.customer_id = a.customer_id and k.field = 'name' and k.merged_into = @customer
            where a.id = @id and a.recorded_to is null
            """, new { id, customer }, cancellationToken: ct));
        return source is { } holder ? await FindAsync(store, holder, id, ct) : null;
    }

    /// <summary>An attachment that is there, or one that was removed, with its content.</summary>
    public static async Task<(Attachment Attachment, Guid ContentId, DateTimeOffset? RemovedAt)?> FindAsync(DocumentStore store, Guid customer, Guid id, CancellationToken ct, bool removed = false)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var row = await connection.QuerySingleOrDefaultAsync<(string Doc, Guid Content, DateTime? RemovedAt)?>(new CommandDefinition("""
            select (d.doc || jsonb_build_object('createdByName', u.name))::text, d.content_id, d.removed_at from customer.attachments d left join customer.users u on u.id = d.doc->>'createdBy'
            where d.id = @id and d.customer_id = @customer and (case when @removed then d.removed_at is not null else d.recorded_to is null end)
            """, new { id, customer, removed }, cancellationToken: ct));
        if (row is not var (doc, content, at)) return null;
        var plain = store.Personal is { } personal ? (await personal.OpenAsync([doc], null, ct))[0] : doc;
        return (JsonSerializer.Deserialize<Attachment>(plain, EventSerializer.Documents)!, content, at is { } when ? new DateTimeOffset(when, TimeSpan.Zero) : null);
    }

    /// <summary>How many files a customer has, and how many bytes they and those take that are being received.</summary>
    public static async Task<AttachmentUse> UseAsync(DocumentStore store, Guid customer, Guid besides, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        return await connection.QuerySingleAsync<AttachmentUse>(new CommandDefinition("""
            select (select count(*) from customer.attachments where customer_id = @customer and recorded_to is null and id <> @besides)::int as files,
              ((select coalesce(sum(size), 0) from customer.attachments where customer_id = @customer and recorded_to is null and id <> @besides)
                + (select coalesce(sum(size), 0) from customer.attachment_contents where customer_id = @customer and hash is null and id <> @besides))::bigint as bytes
            """, new { customer, besides }, cancellationToken: ct));
    }

    /// <summary>Insists that the attachments a command names are there.</summary>
    /// <exception cref="ProblemException">400 <c>unknown_attachment</c>.</exception>
    public static async Task CheckAsync(Guid[]? ids, CommandScope scope)
    {
        if (ids is not { Length: > 0 }) return;
        await using var connection = await scope.Database.OpenConnectionAsync(scope.Aborted);
        var known = await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "select count(distinct id)::int from customer.attachments where customer_id = @Id and recorded_to is null and id = any(@ids)", new { scope.Id, ids }, cancellationToken: scope.Aborted));
        if (known != ids.Distinct().Count()) throw ProblemException.Invalid("body.attachmentIds", "unknown_attachment", "该客户没有其中的附件。", "The customer does not have all of these attachments.");
    }
}

/// <summary>What a customer's files take.</summary>
/// <param name="Files">How many there are.</param>
/// <param name="Bytes">Their bytes, with those that are being received.</param>
internal sealed record AttachmentUse(int Files, long Bytes);
