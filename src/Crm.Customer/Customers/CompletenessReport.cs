using System.Globalization;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Customers;

/// <summary>How complete a group of customers is.</summary>
/// <param name="OwnerId">The responsible user; null for customers of nobody, and in a group of a department.</param>
/// <param name="OwnerName">The user's name.</param>
/// <param name="DepartmentId">The department of a group of a department; null for who is in none.</param>
/// <param name="DepartmentName">The department's name.</param>
/// <param name="Count">How many customers.</param>
/// <param name="Average">Their average score, 0 to 1.</param>
/// <param name="AtTarget">The share of them that reaches the target, 0 to 1.</param>
internal sealed record CompletenessGroup(Guid? OwnerId, string? OwnerName, Guid? DepartmentId, string? DepartmentName, long Count, decimal Average, decimal AtTarget);

/// <summary>In how many files a field is missing.</summary>
/// <param name="Field">The counted field.</param>
/// <param name="Count">How many customers lack it.</param>
/// <param name="Filter">The filter of the list that shows them.</param>
internal sealed record MissingField(string Field, long Count, string Filter);

/// <summary>How complete the customers' files are (S028, S029), of the customers that the caller sees and that are not archived.</summary>
/// <param name="Count">How many customers.</param>
/// <param name="Average">Their average score, 0 to 1.</param>
/// <param name="AtTarget">The share of them that reaches the target, 0 to 1.</param>
/// <param name="Target">The target, 0 to 1.</param>
/// <param name="Formula">How it is worked out.</param>
/// <param name="Missing">What is missing most, first.</param>
/// <param name="Groups">By owner or department, the least complete first.</param>
/// <param name="Filter">The filter of the list of those below the target.</param>
internal sealed record CompletenessFigures(long Count, decimal Average, decimal AtTarget, decimal Target, string Formula, IReadOnlyList<MissingField> Missing, IReadOnlyList<CompletenessGroup> Groups, string Filter);

/// <summary><c>GET /customers/completeness?groupBy=owner|department</c>.</summary>
internal static class CompletenessReport
{
    private const string Formula = "score = filled counted fields ÷ counted fields of the kind, to two places; average = sum of scores ÷ customers; atTarget = customers with score ≥ target ÷ customers. Archived, deleted and erased customers are not counted.";

    private sealed record Line(Guid? Owner, long Count, decimal Sum, long AtTarget);

    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapGet("completeness", async (HttpContext http, DocumentStore store, Resource<Customer> resource, IUserDirectory users, string? groupBy) =>
        {
            if (groupBy is not (null or "owner" or "department")) throw ProblemException.Invalid("query.groupBy", "unknown_value", "groupBy 须为 owner 或 department。", "groupBy must be owner or department.");
            var access = Access.Of(http);
            var settings = access.Picture.Fields.Completeness;
            var target = settings?.Target ?? CompletenessFeature.Target;
            string[] places = [.. Completeness.Counted(CustomerKind.Company, settings).Union(Completeness.Counted(CustomerKind.Person, settings))];
            var (lines, missing) = await CountAsync(store, access, resource, settings, target, places, http.RequestAborted);
            http.Response.Headers.CacheControl = "private, no-cache";
            var below = string.Create(CultureInfo.InvariantCulture, $"completeness < {target}");
            var (count, sum, reached) = (lines.Sum(l => l.Count), lines.Sum(l => l.Sum), lines.Sum(l => l.AtTarget));
            return new CompletenessFigures(count, Ratio(sum, count), Ratio(reached, count), target, Formula,
                [.. places.Zip(missing).Where(m => m.Second > 0).OrderByDescending(m => m.Second).ThenBy(m => m.First, StringComparer.Ordinal).Select(m => new MissingField(m.First, m.Second, $"missing:\"{m.First}\""))],
                await GroupsAsync(lines, groupBy == "department", access.Picture, users, http.RequestAborted), below);
        }).Requires(Right.View("customers")).Reads("customer.customers").WithName("GetCustomerCompleteness").Produces<CompletenessFigures>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403);

    /// <summary>One pass over the customers that the caller sees.</summary>
    private static async Task<(List<Line> Lines, long[] Missing)> CountAsync(
        DocumentStore store, Access access, Resource<Customer> resource, CompletenessSettings? settings, decimal target, string[] places, CancellationToken ct)
    {
        var parameters = new SqlParameters();
        var aim = parameters.Add(target, NpgsqlDbType.Numeric);
        var visible = access.Visible(resource, "d", "customer.customers", false)?.Invoke(parameters) ?? "true";
        var lacks = string.Concat(places.Select(p => $", count(*) filter (where {parameters.Add(p, NpgsqlDbType.Text)} = any(s.missing))"));
        var command = new NpgsqlBatchCommand($"""
            select s.owner_id, count(*), sum(s.score), count(*) filter (where s.score >= {aim}){lacks} from (
              select d.owner_id, {Completeness.ScoreSql(settings)} as score, {Completeness.MissingSql(settings)} as missing
              from customer.customers d where not d.deleted and d.archived is not true and d.erased is not true and {visible}) s
            group by s.owner_id
            """);
        parameters.CopyTo(command);
        await using var batch = store.DataSource.CreateBatch();
        batch.BatchCommands.Add(command);
        var (lines, missing) = (new List<Line>(), new long[places.Length]);
        await using var row = await batch.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            lines.Add(new Line(row.IsDBNull(0) ? null : row.GetGuid(0), row.GetInt64(1), row.GetDecimal(2), row.GetInt64(3)));
            for (var i = 0; i < places.Length; i++) missing[i] += row.GetInt64(4 + i);
        }
        return (lines, missing);
    }

    private static async Task<IReadOnlyList<CompletenessGroup>> GroupsAsync(List<Line> lines, bool byDepartment, AccessPicture picture, IUserDirectory users, CancellationToken ct)
    {
        if (byDepartment)
            return
            [
                .. lines.GroupBy(l => l.Owner is { } owner ? picture.Members.GetValueOrDefault(owner)?.DepartmentId : null)
                    .Select(g => (g.Key, Count: g.Sum(l => l.Count), Sum: g.Sum(l => l.Sum), AtTarget: g.Sum(l => l.AtTarget)))
                    .Select(g => new CompletenessGroup(null, null, g.Key, g.Key is { } id ? picture.Departments.GetValueOrDefault(id)?.Name : null, g.Count, Ratio(g.Sum, g.Count), Ratio(g.AtTarget, g.Count)))
                    .OrderBy(g => g.Average).ThenByDescending(g => g.Count),
            ];
        var names = await users.NamesAsync(lines.Where(l => l.Owner is not null).Select(l => l.Owner!.Value.ToString()), ct);
        return
        [
            .. lines.Select(l => new CompletenessGroup(l.Owner, l.Owner is { } owner ? names.GetValueOrDefault(owner.ToString()) : null, null, null, l.Count, Ratio(l.Sum, l.Count), Ratio(l.AtTarget, l.Count)))
                .OrderBy(g => g.Average).ThenByDescending(g => g.Count),
        ];
    }

    private static decimal Ratio(decimal part, long whole) => whole == 0 ? 0 : Math.Round(part / whole, 4, MidpointRounding.AwayFromZero);
}
