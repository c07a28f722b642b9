using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Customers;

/// <summary>Masked values were shown in plain to somebody who said why (S097, E16). The reason is in the event's circumstances.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="ContactId">The contact whose values they are; null for the customer's own.</param>
/// <param name="Fields">JSON names of the fields.</param>
internal sealed record PersonalDataRevealed([property: Person] Guid CustomerId, Guid? ContactId, string[] Fields);

/// <summary>Somebody looked for a telephone number or an e-mail address. Nothing of the value is kept, not even a hash, but whom the search found.</summary>
/// <param name="Customers">The customers on the first page of what was found, at most 100.</param>
/// <param name="By"><c>quick</c> search or <c>filter</c>.</param>
internal sealed record PersonalDataSearched(Guid[] Customers, string By);

/// <summary>Everything that is known of a person was handed out.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Form">As what: <c>report</c>.</param>
internal sealed record PersonalDataExported(Guid CustomerId, string Form);

/// <summary>A file of a customer was downloaded or looked at (S027, S097).</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="ContactId">The contact whose file it is; null for the customer's.</param>
/// <param name="AttachmentId">The attachment.</param>
/// <param name="Form">As what: <c>download preview</c>.</param>
internal sealed record AttachmentRead([property: Person] Guid CustomerId, Guid? ContactId, Guid AttachmentId, string Form);

/// <summary>
/// The stream of what was seen of one customer, or looked for by one user: beside the customer's own, so that a look neither changes the record's version nor
/// meets those who edit it.
/// </summary>
internal sealed record AccessLedger : Document, IAggregate<AccessLedger>
{
    public static AccessLedger Evolve(AccessLedger? state, Event e) => state ?? new AccessLedger();

    /// <summary>The stream of a customer or a user.</summary>
    public static Guid Of(string whom) => new(SHA256.HashData(Encoding.UTF8.GetBytes("access-ledger\n" + whom)).AsSpan(0, 16));
}

/// <summary>A line of the ledger: who saw what of a person, when, through what and why.</summary>
/// <param name="Id">The event.</param>
/// <param name="At">When.</param>
/// <param name="Kind"><c>revealed searched exported erased downloaded previewed</c>.</param>
/// <param name="ContactId">The contact it is about, if one.</param>
/// <param name="Fields">The fields that were seen.</param>
/// <param name="ActorId">Who.</param>
/// <param name="ActorName">The name of who.</param>
/// <param name="Source">Through what: <c>page</c>, <c>api:client</c>.</param>
/// <param name="Reason">Why, in the words of who did it.</param>
/// <param name="AttachmentId">The file that was read, if one.</param>
internal sealed record AccessLedgerEntry(Guid Id, DateTimeOffset At, string Kind, Guid? ContactId, string[] Fields, string ActorId, string? ActorName, string Source, [property: Personal(PersonalKind.Text, Required = true)] string? Reason, Guid? AttachmentId = null);

/// <summary>The lines of the ledger, each with everybody it is about: a search finds several, an export holds thousands.</summary>
internal sealed class AccessLedgerEntries : TableProjection
{
    public override string Name => "customer.access_ledger";

    /// <summary>3: with files; 2: reasons are encrypted.</summary>
    public override int Version => 3;

    public override IReadOnlyCollection<Type> Events { get; } =
        [typeof(PersonalDataRevealed), typeof(PersonalDataSearched), typeof(PersonalDataExported), typeof(RecordsExported), typeof(RecordsExportEnded), typeof(CustomerErased), typeof(ContactErased), typeof(AttachmentRead)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case PersonalDataRevealed x: Add(e, sql, "revealed", x.ContactId, x.Fields, [x.CustomerId]); break;
            case PersonalDataSearched x: Add(e, sql, "searched", null, [x.By], x.Customers); break;
            case PersonalDataExported x: Add(e, sql, "exported", null, [x.Form], [x.CustomerId]); break;
            case RecordsExported x: Add(e, sql, "exported", null, x.Fields, x.Customers, x.ExportId); break;
            // Nobody had the file.
            case RecordsExportEnded: sql.Add($"delete from {sql.Table("customer.access_ledger")} where export_id = {e.StreamId}"); break;
            case AttachmentRead x: Add(e, sql, x.Form == "preview" ? "previewed" : "downloaded", x.ContactId, [], [x.CustomerId], attachment: x.AttachmentId); break;
            case CustomerErased: Add(e, sql, "erased", null, [], [e.StreamId]); break;
            case ContactErased x: Add(e, sql, "erased", x.ContactId, [], [e.StreamId]); break;
        }
    }

    private static void Add(Event e, SqlBatch sql, string kind, Guid? contact, string[] fields, Guid[] customers, Guid? export = null, Guid? attachment = null)
    {
        var entry = new AccessLedgerEntry(e.Id, e.Timestamp, kind, contact, fields, e.Context.UserName, null, e.Context.Source, e.SealedReason, attachment);
        sql.Add($"""
            insert into {sql.Table("customer.access_ledger")} (id, customers, export_id, doc, effective_at, recorded_at)
            values ({e.Id}, {customers}, {export}, {SqlBatch.Json(JsonSerializer.Serialize(entry, EventSerializer.Documents))}, {e.EffectiveAt}, {e.Timestamp})
            on conflict (id) do nothing
            """);
    }
}

/// <summary><c>GET /customers/{id}/access-ledger</c>: "who saw this phone number", newest first.</summary>
internal static class AccessLedgerList
{
    private static readonly ListSource Source = new(FieldMap.Of<AccessLedgerEntry>().Add("actorName", FieldType.Text, "u.name"), "customer.access_ledger")
    {
        Joins = "left join customer.users u on u.id = d.doc->>'actorId'",
        Select = "d.doc || jsonb_build_object('actorName', u.name)",
        Sort = "-at",
        Search = ListSource.NotSearched,
    };

    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapPartList<AccessLedgerEntry>("{id:guid}/access-ledger", Source, (_, customer) => $"d.customers @> {new[] { customer.Id }}", right: new Right("audit.view"));

    /// <summary>Records that a telephone number or an e-mail address was looked for, and whom that found.</summary>
    public static async Task SearchedAsync(HttpContext http, DocumentStore store, ListQuery query, ListPage page)
    {
        if (query.Cursor is not null || page.Ids.Count == 0 || store.Personal is not { } personal) return;
        var filter = Filter.Parse(query.Filter);
        var quick = BlindIndex.Asked(query.Q ?? "", personal).Length > 0;
        if (!quick && !Asks(filter, personal)) return;
        Guid[] found = [.. page.Ids.Take(100)];
        await using var session = store.OpenSession(Caller.Of(http).Context(http, null, null));
        session.Append<AccessLedger>(AccessLedger.Of("searches of " + session.Context.UserName), null, [new PersonalDataSearched(found, quick ? "quick" : "filter")]);
        await session.SaveChangesAsync(http.RequestAborted);
    }

    private static bool Asks(Filter filter, PersonalData personal) => filter switch
    {
        Filter.And all => all.Terms.Any(t => Asks(t, personal)),
        Filter.Or any => any.Terms.Any(t => Asks(t, personal)),
        Filter.Not not => Asks(not.Term, personal),
        Filter.Search word => BlindIndex.Asked(word.Text, personal).Length > 0,
        Filter.Compare { Path: "phone" or "email", Value: Operand.Literal } => true,
        _ => false,
    };
}
