using System.Globalization;
using Crm.EventStore;
using Crm.Http;
using Crm.Messaging;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Customers;

/// <summary>Finds what is to be cleaned, at the end of every month (S025).</summary>
internal sealed record FindCleaning;

/// <summary>Finds it now: the round of this month is found anew.</summary>
internal sealed record RunCleaning;

/// <summary>A round of cleaning and how far it is.</summary>
/// <param name="Month">The month, <c>YYYY-MM</c>.</param>
/// <param name="FoundAt">When it was looked for.</param>
/// <param name="Kinds">By kind, of what the caller may see.</param>
internal sealed record CleaningRound(string Month, DateTimeOffset FoundAt, IReadOnlyList<CleaningCount> Kinds);

/// <summary>One kind of a round.</summary>
/// <param name="Kind"><c>unreachable</c>: neither number nor address of anybody; <c>leftContact</c>: somebody there has left; <c>incomplete</c>: less than 40 % of the core fields; <c>untouched</c>: nothing happened for a year.</param>
/// <param name="Found">How many were found.</param>
/// <param name="Open">How many of them are still so; the others were corrected, archived or deleted.</param>
internal sealed record CleaningCount(string Kind, int Found, int Open);

/// <summary>
/// Monthly cleaning: what is found is a list by kind, worked off with the commands there are, so that all of it can be taken back. Found is what read models say at the
/// end of the month; whether it still is so is asked at each reading, so that nothing has to be ticked off.
/// </summary>
internal static class Cleaning
{
    // Conditions of the module's own documents under the alias d.
    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["unreachable"] = "(d.doc->>'phone' is null and d.doc->>'email' is null and not exists (select from jsonb_array_elements(d.doc->'contacts') c where c->>'leftAt' is null and (c->>'phone' is not null or c->>'email' is not null)))",
        ["leftContact"] = "exists (select from jsonb_array_elements(d.doc->'contacts') c where c->>'leftAt' is not null)",
        ["incomplete"] = "(d.doc->>'completeness')::numeric < 0.4",
        ["untouched"] = "(d.doc->>'updatedAt')::timestamptz < (select r.found_at from customer.cleaning_rounds r where r.month = '{month}') - interval '365 days'",
    };

    private const string Daily = "not d.deleted and not coalesce(d.archived, false) and not coalesce(d.erased, false)";

    /// <summary>The queue that looks, and when: on the last day of every month.</summary>
    public static void Configure(MessagingOptions messaging)
    {
        messaging.ExternalQueue("customer-cleaning").With(parallelism: 1, timeout: TimeSpan.FromMinutes(10)).Handle<FindCleaning>(async (_, scope, ct) =>
        {
            await FindAsync(scope.Store, ct);
            return Effects.Nothing;
        });
        messaging.Recurring("find-cleaning", "0 30 22 L * ?", new FindCleaning());
    }

    public static void Map(IEndpointRouteBuilder customers)
    {
        customers.MapGet("cleaning", async (HttpContext http, DocumentStore store) => await RoundsAsync(http, store))
            .Requires(Right.Change("customers")).WithName("ListCleaningRounds").Produces<ListAnswer<CleaningRound>>().ProducesProblem(401).ProducesProblem(403);
        customers.MapOperation<RunCleaning>("cleaning/run", Right.Delete("customers"), 202, (_, session, scope) =>
        {
            scope.Service<MessageBus>().Send(session, new FindCleaning());
            return Task.FromResult<object?>(null);
        });
        var source = CustomerList.Source(customers.ServiceProvider.GetRequiredService<DocumentStore>());
        customers.MapGet("cleaning/{month}/{kind}", async (HttpContext http, DocumentStore store, string month, string kind) =>
        {
            if (!Kinds.ContainsKey(kind) || !IsMonth(month)) throw ProblemException.NotFound();
            var query = await ListQuery.BindAsync(http);
            if (query.AsOf is not null) throw ProblemException.Invalid("query.asOf", "unsupported", "清洗列表没有过去的状态。", "The list of cleaning has no past.");
            var (access, resource) = (Access.Of(http), http.RequestServices.GetRequiredService<Resource<Customer>>());
            var rows = source.For(access, resource.Name) with
            {
                Visible = access.Visible(resource, source.Fields.Alias, source.Table, false),
                Where = $"{Daily} and d.id in (select f.customer_id from customer.cleaning_found f where f.month = '{month}' and f.kind = '{kind}') and {Condition(kind, month)}",
                HiddenBy = [],
            };
            http.Response.Headers.CacheControl = "private, no-cache";
            var page = await (await query.ReadAsync(store.DataSource, rows, new QueryClock(store.Now, store.TimeZone), null, http.RequestAborted)).SeenByAsync(http, store);
            await AccessLedgerList.SearchedAsync(http, store, query, page);
            return page with { Data = [.. page.Data.Select(document => access.Limits.Show(resource.Name, document))] };
        }).Requires(Right.Change("customers")).Reads(source.Table).WithName("ListCleaning").Produces<ListAnswer<Customer>>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    /// <summary>Looks for everything anew, set by set, and keeps it under this month.</summary>
    public static async Task FindAsync(DocumentStore store, CancellationToken ct)
    {
        var month = store.DayOf(store.Now).ToString("yyyy-MM", CultureInfo.InvariantCulture);
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition("""
            insert into customer.cleaning_rounds (month, found_at) values (@month, @now) on conflict (month) do update set found_at = excluded.found_at;
            delete from customer.cleaning_found where month = @month
            """, new { month, now = store.Now }, transaction, cancellationToken: ct));
        foreach (var kind in Kinds.Keys)
            await connection.ExecuteAsync(new CommandDefinition($"insert into customer.cleaning_found (month, kind, customer_id) select @month, @kind, d.id from customer.customers d where {Daily} and {Condition(kind, month)}",
                new { month, kind }, transaction, 600, cancellationToken: ct));
        await transaction.CommitAsync(ct);
    }

    private static async Task<ListAnswer<CleaningRound>> RoundsAsync(HttpContext http, DocumentStore store)
    {
        var rows = Access.Of(http).Rows(Right.View("customers"));
        await using var connection = await store.DataSource.OpenConnectionAsync(http.RequestAborted);
        var rounds = (await connection.QueryAsync<(string Month, DateTime FoundAt)>(new CommandDefinition("select month, found_at from customer.cleaning_rounds order by month desc limit 12", cancellationToken: http.RequestAborted))).ToList();
        var counts = new List<CleaningRound>();
        foreach (var (month, foundAt) in rounds)
        {
            var kinds = new List<CleaningCount>();
            foreach (var kind in Kinds.Keys)
                kinds.Add(new CleaningCount(kind, await CountAsync(kind, month, "true"), await CountAsync(kind, month, $"{Daily} and {Condition(kind, month)}")));
            counts.Add(new CleaningRound(month, new DateTimeOffset(foundAt, TimeSpan.Zero), kinds));
        }
        return new ListAnswer<CleaningRound>(counts, new PageInfo(null, false), null);

        Task<int> CountAsync(string kind, string month, string condition) => connection.ExecuteScalarAsync<int>(new CommandDefinition($"""
            select count(*)::int from customer.cleaning_found f join customer.customers d on d.id = f.customer_id
            where f.month = @month and f.kind = @kind and (@all or d.owner_id = any(@owners) or (@nobody and d.owner_id is null)) and {condition}
            """, new { month, kind, all = rows.IsAll, owners = rows.Owners, nobody = rows.OfNobody }, cancellationToken: http.RequestAborted));
    }

    private static string Condition(string kind, string month) => Kinds[kind].Replace("{month}", month, StringComparison.Ordinal);

    private static bool IsMonth(string text) => DateOnly.TryParseExact(text + "-01", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
