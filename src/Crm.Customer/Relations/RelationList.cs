using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>
/// The relations of every customer, a row a state and side. With the events, so that the next command sees what was just saved on the other customer; states
/// are numbered, so that what is saved on two customers at once has one order, that of the log.
/// </summary>
internal sealed class Relations : TableProjection
{
    public override string Name => "customer.relations";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(RelationAdded), typeof(RelationChanged), typeof(RelationRemoved), typeof(RelationErased)];

    public override void Project(Event e, SqlBatch sql)
    {
        // In one order of the two whoever says it: two that say it on both at once then wait for each other and do not lock each other out.
        switch (e.Data)
        {
            case RelationAdded x:
                foreach (var (side, other, isOther) in Sides(x.CustomerId, x.OtherId)) Add(e, sql, x, side, other, isOther ? x.Kind.Inverse() : x.Kind);
                break;
            case RelationChanged x:
                foreach (var (side, _, isOther) in Sides(x.CustomerId, x.OtherId))
                {
                    var kind = isOther ? x.Kind.Inverse() : x.Kind;
                    Next(e, sql, x.RelationId, side, x.Number, kind, x.From, e.SealedJson(new State(x.RelationId, kind, x.Label, x.From, x.To, x.Note, e.Context.UserName, e.Timestamp), e.StreamId));
                }
                break;
            case RelationRemoved x:
                foreach (var (side, _, _) in Sides(x.CustomerId, x.OtherId)) Next(e, sql, x.RelationId, side, x.Number, null, null, "{}", removed: true);
                break;
            case RelationErased x:
                foreach (var (side, _, _) in Sides(x.CustomerId, x.OtherId))
                {
                    Next(e, sql, x.RelationId, side, x.Number, null, null, "{}");
                    sql.Add($"update {sql.Table("customer.relations")} set doc = doc || {SqlBatch.Json("""{"label": null, "note": null}""")}, erased = true where customer_id = {side} and id = {x.RelationId}");
                }
                break;
        }
    }

    private static IEnumerable<(Guid Side, Guid Other, bool IsOther)> Sides(Guid customer, Guid other) =>
        customer.CompareTo(other) < 0 ? [(customer, other, false), (other, customer, true)] : [(other, customer, true), (customer, other, false)];

    private static void Add(Event e, SqlBatch sql, RelationAdded x, Guid side, Guid other, RelationKind kind)
    {
        var (by, at) = (e.Context.UserName, e.Timestamp);
        sql.Add($"""
            insert into {sql.Table("customer.relations")} (customer_id, id, number, event_id, other_id, kind, from_day, doc, effective_at, recorded_at)
            values ({side}, {x.RelationId}, 1, {e.Id}, {other}, {Code(kind)}, {x.From}, {SqlBatch.Json(e.SealedJson(new CustomerRelation(x.RelationId, kind, x.Label, x.From, x.To, x.Note, by, at, by, at), e.StreamId))}, {e.EffectiveAt}, {at})
            on conflict (customer_id, id, event_id) do nothing
            """);
    }

    private static void Next(Event e, SqlBatch sql, Guid id, Guid side, int number, RelationKind? kind, DateOnly? from, string patch, bool removed = false)
    {
        var table = sql.Table("customer.relations");
        sql.Add($"""
            with last as (update {table} set effective_to = {e.EffectiveAt}, recorded_to = {e.Timestamp} where customer_id = {side} and id = {id} and number = {number} - 1
              returning customer_id, id, other_id, kind, from_day, doc, removed, erased)
            insert into {table} (customer_id, id, number, event_id, other_id, kind, from_day, doc, removed, erased, effective_at, recorded_at)
            select customer_id, id, {number}, {e.Id}, other_id, coalesce({(kind is { } known ? Code(known) : null)}, kind), case when {kind is null} then from_day else {from} end, doc || {SqlBatch.Json(patch)}, removed or {removed}, erased,
              {e.EffectiveAt}, {e.Timestamp} from last
            on conflict (customer_id, id, event_id) do nothing
            """);
    }

    private static string Code(RelationKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    private sealed record State([property: Person] Guid Id, RelationKind Kind, [property: Personal(PersonalKind.Text)] string? Label, DateOnly? From, DateOnly? To, [property: Personal(PersonalKind.Text)] string? Note, string UpdatedBy, DateTimeOffset UpdatedAt);
}

/// <summary>A relation that a customer tells, and where it stands.</summary>
/// <param name="Relation">The relation from the customer's side.</param>
/// <param name="CustomerId">The customer that it was said of: this one, or one that was merged into it.</param>
/// <param name="OtherId">The other as it was said.</param>
/// <param name="Number">Which state of it this is.</param>
internal sealed record KnownRelation(CustomerRelation Relation, Guid CustomerId, Guid OtherId, int Number);

/// <summary>A customer at an end of a relation.</summary>
/// <param name="Id">The customer.</param>
/// <param name="Name">Its name; null where it may not be seen.</param>
/// <param name="IsHidden">Whether the caller may not see it.</param>
internal sealed record RelatedCustomer(Guid Id, string? Name, bool IsHidden);

/// <summary>The relations of a customer.</summary>
/// <param name="Data">The relations of the page, newest first unless sorted; those of customers that were merged into it are among them.</param>
/// <param name="Page">Where the list goes on.</param>
/// <param name="Count">The total, only with <c>count=exact</c> or <c>count=estimate</c>.</param>
/// <param name="Parent">The customer it belongs to.</param>
/// <param name="Subsidiaries">Those that belong to it and that the caller may see, by name, at most 50.</param>
/// <param name="SubsidiaryCount">How many there are.</param>
internal sealed record RelationsAnswer(IReadOnlyList<CustomerRelation> Data, PageInfo Page, long? Count, RelatedCustomer? Parent, IReadOnlyList<RelatedCustomer> Subsidiaries, int SubsidiaryCount);

/// <summary>
/// <c>GET /customers/{id}/relations</c>: both directions, each named from this customer's side, with its parent and subsidiaries; now or at a past instant, in which names
/// and merges are today's. A relation to a customer that the caller may not see is there without it (<c>isOtherHidden</c>); one to a deleted customer is not.
/// </summary>
internal static class RelationList
{
    private const int MostSubsidiaries = 50;

    private static readonly ListSource Source = new(FieldMap.Of<CustomerRelation>().Add("kind", FieldType.Text, "d.kind", nullable: false).Add("otherId", FieldType.Uuid, "o.id", nullable: false).Add("createdByName", FieldType.Text, "u.name")
        .Add("updatedByName", FieldType.Text, "w.name").Add("erased", FieldType.Boolean, "d.erased", nullable: false), "customer.relations")
    {
        Joins = """
            left join customer.match_keys k on k.customer_id = d.other_id and k.field = 'name'
            join customer.customers o on o.id = coalesce(k.merged_into, d.other_id)
            left join customer.users u on u.id = d.doc->>'createdBy' left join customer.users w on w.id = d.doc->>'updatedBy'
            """,
        Select = """
            d.doc || jsonb_build_object('erased', d.erased, 'otherId', o.id, 'otherName', o.doc->'name', 'otherKind', o.doc->'kind', 'otherLifecycle', o.doc->'lifecycle', 'createdByName', u.name, 'updatedByName', w.name,
              'other', jsonb_build_object('ownerId', o.owner_id, 'shares', o.doc->'shares'))
            """,
        Where = "not d.removed and not o.deleted",
        Sort = "-createdAt",
        Search = ListSource.NotSearched,
    };

    /// <summary>
    /// Another one that tells as much: of two equal ones, as customers that were merged may have with a third, one is shown; one without words is not shown beside one with.
    /// </summary>
    private const string Twin = """
        select from customer.relations s left join customer.match_keys m on m.customer_id = s.other_id and m.field = 'name'
          join customer.match_keys g on g.customer_id = d.customer_id and g.field = 'name'
        where s.customer_id = any(customer.holders(coalesce(g.merged_into, d.customer_id))) and coalesce(m.merged_into, s.other_id) = o.id and s.kind = d.kind and s.from_day is not distinct from d.from_day
          and s.doc->>'to' is not distinct from d.doc->>'to' and d.doc->>'label' is null and d.doc->>'note' is null
          and (s.doc->>'label' is not null or s.doc->>'note' is not null or s.id < d.id) and not s.removed
        """;

    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapGet("{id:guid}/relations", async (HttpContext http, Guid id, DocumentStore store) =>
        {
            var customer = await PartLists.SeenAsync(http, store, id);
            var query = await ListQuery.BindAsync(http);
            // The table has no past states: a past list has the rows that held then.
            string Held(string row) => query.AsOf is null ? $"{row}.recorded_to is null"
                : query.Basis == Basis.Recorded ? $"{row}.recorded_at <= {{at}} and ({row}.recorded_to is null or {row}.recorded_to > {{at}})"
                : $"{row}.effective_at <= {{at}} and ({row}.effective_to is null or {row}.effective_to > {{at}})";
            var source = Source with { Where = $"{Source.Where} and {Held("d")} and not exists ({Twin} and {Held("s")})" };
            var holders = Holders(customer);
            var page = await (await (query with { AsOf = null, Fields = null }).ReadAsync(store.DataSource, source, new QueryClock(query.AsOf ?? store.Now, store.TimeZone),
                $"d.customer_id = any({holders}) and not o.id = any({holders})", http.RequestAborted)).SeenByAsync(http, store);
            var data = new JsonArray();
            foreach (var row in page.Data) data.Add(Trimmed(await SeenByAsync(http, JsonNode.Parse(row)!.AsObject()), query.Fields));
            var (parent, subsidiaries, count) = await GroupAsync(http, store, customer, query);
            http.Response.Headers.CacheControl = "private, no-cache";
            var answer = new JsonObject { ["data"] = data, ["page"] = Json(new PageInfo(page.Next, page.HasMore)) };
            if (page.Count is { } total) answer["count"] = total;
            (answer["parent"], answer["subsidiaries"], answer["subsidiaryCount"]) = (Json(parent), Json(subsidiaries), count);
            return Results.Json(answer, EventSerializer.Documents);
        }).Requires(Right.View("customers")).Reads("customer.customers").WithName("ListRelations").Produces<RelationsAnswer>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
        customers.MapGet("{id:guid}/relations/{relationId:guid}", async (HttpContext http, Guid id, Guid relationId, DocumentStore store) =>
        {
            var customer = await PartLists.SeenAsync(http, store, id);
            var known = await FindAsync(store, customer, relationId, http.RequestAborted) ?? throw ProblemException.NotFound();
            return Results.Json(Masking.SeenBy(await WithOtherAsync(http, store, known.Relation), "customers", "relations", http, store), EventSerializer.Documents);
        }).Requires(Right.View("customers")).WithName("GetRelation").Produces<CustomerRelation>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    /// <summary>The customer and all that were merged into it.</summary>
    public static Guid[] Holders(Customer customer) => [customer.Id, .. customer.Merges.Select(m => m.SourceId)];

    /// <summary>A customer that the caller may see, found through the one it was merged into; null if there is none.</summary>
    public static async Task<Customer?> SeenAsync(HttpContext http, DocumentStore store, Guid id)
    {
        var customer = await store.Query.AggregateStreamAsync<Customer>(id, ct: http.RequestAborted);
        while (customer?.MergedInto is { } into) customer = await store.Query.AggregateStreamAsync<Customer>(into, ct: http.RequestAborted);
        return customer is { Deleted: false } && await Access.Of(http).MayAsync(Right.View("customers"), http.RequestServices.GetRequiredService<Resource<Customer>>(), customer, http.RequestAborted) ? customer : null;
    }

    /// <summary>What the decision to change a relation must know.</summary>
    public static async Task<RelationFacts> LoadAsync(Customer customer, CommandScope scope)
    {
        if (await FindAsync(scope.Store, customer, Guid.Parse(scope.Route("relationId")), scope.Aborted) is not { } known) return new(null, [], 0);
        // The other one's kind counts whether the caller may see it or not.
        var other = await scope.Store.Query.AggregateStreamAsync<Customer>(known.Relation.OtherId, ct: scope.Aborted);
        return new(other, await BetweenAsync(scope.Store, customer, known.Relation.OtherId, scope.Aborted), 0, known);
    }

    /// <summary>A relation that a customer tells, or one that was merged into it.</summary>
    public static async Task<KnownRelation?> FindAsync(DocumentStore store, Customer customer, Guid id, CancellationToken ct) =>
        (await ReadAsync(store, "d.id = @id", customer, id, ct)).FirstOrDefault();

    /// <summary>What is told of two customers.</summary>
    public static async Task<IReadOnlyList<CustomerRelation>> BetweenAsync(DocumentStore store, Customer customer, Guid other, CancellationToken ct) =>
        [.. (await ReadAsync(store, "coalesce(k.merged_into, d.other_id) = @id", customer, other, ct)).Select(k => k.Relation)];

    /// <summary>A relation, and those of the same two that are not shown beside it as they tell nothing more; none if there is no such relation.</summary>
    public static async Task<IReadOnlyList<KnownRelation>> AllAsync(DocumentStore store, Customer customer, Guid id, CancellationToken ct)
    {
        if (await FindAsync(store, customer, id, ct) is not { } known) return [];
        var others = await ReadAsync(store, "coalesce(k.merged_into, d.other_id) = @id", customer, known.Relation.OtherId, ct);
        return [known, .. others.Where(o => o.Relation.Id != id && o.Relation is { Label: null, Note: null } && (o.Relation.Kind, o.Relation.From, o.Relation.To) == (known.Relation.Kind, known.Relation.From, known.Relation.To))];
    }

    /// <summary>How many relations a customer tells.</summary>
    public static async Task<int> CountAsync(DocumentStore store, Guid customer, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        return await connection.ExecuteScalarAsync<int>(new CommandDefinition("select count(*)::int from customer.relations where customer_id = @customer and recorded_to is null and not removed", new { customer }, cancellationToken: ct));
    }

    /// <summary>The relation after a command that added or changed it.</summary>
    public static async ValueTask<object?> ShowAsync(PartScope<Customer> part)
    {
        var (store, e) = (part.Command.Store, part.Events is [var first, ..] ? first : null);
        if (e?.Data is RelationAdded x)
        {
            var added = new CustomerRelation(part.Id, x.Kind, x.Label, x.From, x.To, x.Note, e.Context.UserName, e.Timestamp, e.Context.UserName, e.Timestamp) { OtherId = x.OtherId };
            return await WithOtherAsync(part.Command.Http, store, added);
        }
        var known = (await FindAsync(store, part.State, part.Id, part.Command.Aborted))!.Relation;
        if (e?.Data is RelationChanged y) known = known with { Kind = y.Kind, Label = y.Label, From = y.From, To = y.To, Note = y.Note, UpdatedBy = e.Context.UserName, UpdatedAt = e.Timestamp };
        return await WithOtherAsync(part.Command.Http, store, known);
    }

    private static async Task<CustomerRelation> WithOtherAsync(HttpContext http, DocumentStore store, CustomerRelation relation)
    {
        var names = await http.RequestServices.GetRequiredService<IUserDirectory>().NamesAsync(new[] { relation.CreatedBy, relation.UpdatedBy }.Distinct(), http.RequestAborted);
        relation = relation with { CreatedByName = names.GetValueOrDefault(relation.CreatedBy), UpdatedByName = names.GetValueOrDefault(relation.UpdatedBy) };
        return await SeenAsync(http, store, relation.OtherId) is { } other
            ? relation with { OtherName = ShowsName(http) ? other.Name : null, OtherKind = other.Kind, OtherLifecycle = other.Lifecycle } : relation with { IsOtherHidden = true };
    }

    private static async Task<List<KnownRelation>> ReadAsync(DocumentStore store, string which, Customer customer, Guid id, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var holders = Holders(customer);
        var rows = (await connection.QueryAsync<(string Doc, Guid Customer, Guid Other, int Number, Guid Resolved)>(new CommandDefinition($"""
            select (d.doc || jsonb_build_object('erased', d.erased))::text, d.customer_id, d.other_id, d.number, coalesce(k.merged_into, d.other_id)
            from customer.relations d join customer.match_keys k on k.customer_id = d.other_id and k.field = 'name'
            where d.customer_id = any(@holders) and {which} and d.recorded_to is null and not d.removed and not coalesce(k.merged_into, d.other_id) = any(@holders) and (k.live or k.merged_into is not null)
            """, new { holders, id }, cancellationToken: ct))).ToList();
        var plain = store.Personal is { } personal ? await personal.OpenAsync([.. rows.Select(r => r.Doc)], null, ct) : [.. rows.Select(r => r.Doc)];
        return [.. rows.Zip(plain, (r, doc) => new KnownRelation(JsonSerializer.Deserialize<CustomerRelation>(doc, EventSerializer.Documents)! with { OtherId = r.Resolved }, r.Customer, r.Other, r.Number))];
    }

    /// <summary>A row without what the caller may not see: the other customer, or what a role hides.</summary>
    private static async Task<JsonObject> SeenByAsync(HttpContext http, JsonObject row)
    {
        var (access, other) = (Access.Of(http), row["other"]!.Deserialize<Customer>(EventSerializer.Documents)!);
        row.Remove("other");
        var seen = await access.MayAsync(Right.View("customers"), http.RequestServices.GetRequiredService<Resource<Customer>>(), other, http.RequestAborted);
        row["isOtherHidden"] = !seen;
        foreach (var member in seen ? ShowsName(http) ? [] : new[] { "otherName" } : ["otherName", "otherKind", "otherLifecycle"]) row.Remove(member);
        access.Limits.Show("customers", row, "relations");
        return row;
    }

    /// <summary>Whether a customer's name is nothing that a role hides from the caller.</summary>
    public static bool ShowsName(HttpContext http) => !Access.Of(http).Limits.Of("customers").TryGetValue("name", out var level) || level > FieldLevel.Masked;

    private static JsonObject Trimmed(JsonObject row, string? fields)
    {
        if (fields is null) return row;
        var wanted = fields.Split(',', StringSplitOptions.TrimEntries);
        if (wanted.FirstOrDefault(f => !EventSerializer.Documents.GetTypeInfo(typeof(CustomerRelation)).Properties.Any(p => p.Name == f)) is { } unknown)
            throw ProblemException.Invalid("query.fields", "unknown_field", $"没有字段 {unknown}。", $"There is no field {unknown}.");
        return new JsonObject(wanted.Distinct().Select(f => KeyValuePair.Create(f, row[f]?.DeepClone())));
    }

    /// <summary>The customer that this one belongs to and those that belong to it, at the instant of the query.</summary>
    private static async Task<(RelatedCustomer?, IReadOnlyList<RelatedCustomer>, int)> GroupAsync(HttpContext http, DocumentStore store, Customer customer, ListQuery query)
    {
        var parentId = query.AsOf is { } at ? (await store.Query.AggregateStreamAsync<Customer>(customer.Id, null, at, query.Basis, http.RequestAborted))?.ParentId : customer.ParentId;
        var parent = parentId is { } id ? await SeenAsync(http, store, id) is { } seen ? new RelatedCustomer(seen.Id, ShowsName(http) ? seen.Name : null, false) : new RelatedCustomer(id, null, true) : null;
        var parameters = new SqlParameters();
        var holders = parameters.Add(Holders(customer));
        var visible = Access.Of(http).Visible(http.RequestServices.GetRequiredService<Resource<Customer>>(), "d", "customer.customers", false)?.Invoke(parameters) ?? "true";
        var now = query.AsOf is null ? $"(d.doc->>'parentId')::uuid = any({holders})" : $"""
            d.id in (select s.id from customer.customers_states s where (s.doc->>'parentId')::uuid = any({holders}) and s.doc->>'parentId' is not null
              and {(query.Basis == Basis.Recorded ? "s.known_from <= {at} and s.known_to > {at}" : "s.true_from <= {at} and s.true_to > {at}")})
            """.Replace("{at}", parameters.Add(query.AsOf.Value.UtcDateTime, NpgsqlTypes.NpgsqlDbType.TimestampTz), StringComparison.Ordinal);
        await using var batch = store.DataSource.CreateBatch();
        var command = new Npgsql.NpgsqlBatchCommand($"select d.id, d.doc->>'name', count(*) over ()::int from customer.customers d where {now} and not d.deleted and {visible} order by d.doc->>'name', d.id limit {MostSubsidiaries}");
        parameters.CopyTo(command);
        batch.BatchCommands.Add(command);
        var (subsidiaries, count) = (new List<RelatedCustomer>(), 0);
        await using var reader = await batch.ExecuteReaderAsync(http.RequestAborted);
        while (await reader.ReadAsync(http.RequestAborted))
        {
            subsidiaries.Add(new(reader.GetGuid(0), ShowsName(http) ? reader.GetString(1) : null, false));
            count = reader.GetInt32(2);
        }
        return (parent, subsidiaries, count);
    }

    private static JsonNode? Json<T>(T value) => JsonSerializer.SerializeToNode(value, EventSerializer.Documents);
}
