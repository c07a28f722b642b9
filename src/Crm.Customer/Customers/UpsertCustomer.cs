using System.Collections.Immutable;
using Crm.Http;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Customers;

/// <summary>
/// <c>PUT by/{externalKey}/{value}</c>: changes the customer with that key in another system, or registers it with the key (C9). The body
/// holds the fields of either command. With <c>updateOnly=true</c> an unknown key is 404. Several customers have one key only after an
/// explicit <c>X-Allow-Duplicate</c>; then the answer is 300 with all of them.
/// </summary>
internal static class UpsertCustomerFeature
{
    public static void Map(IEndpointRouteBuilder customers) =>
        customers.MapUpsert<RegisterCustomer, ChangeCustomer, Customer, (RegisterCustomer Command, RegistrationFacts Facts), ReferenceFacts>(
            "by/{externalKey}/{value}", Right.Change("customers"), Find,
            async (command, scope) =>
            {
                var keyed = command with { ExternalKeys = With(command.ExternalKeys, scope.Route("externalKey"), scope.Route("value")) };
                return (keyed, await RegisterCustomerFeature.Load(keyed, scope));
            },
            (_, found, now) => RegisterCustomerFeature.Decide(found.Command, found.Facts, now),
            ChangeCustomerFeature.Load, ChangeCustomerFeature.Decide).Requires(Right.Create("customers"));

    private static ImmutableDictionary<string, string?> With(IReadOnlyDictionary<string, string?>? keys, string system, string value) =>
        (keys ?? ImmutableDictionary<string, string?>.Empty).ToImmutableDictionary().SetItem(system, value);

    private static async Task<IReadOnlyList<UpsertMatch>> Find(HttpContext http)
    {
        var (system, value) = (CommandScope.Route(http, "externalKey"), CommandScope.Route(http, "value").Trim());
        if (!Rules.IsSystemName(system)) throw ProblemException.Invalid("path.externalKey", "invalid_name", "系统代码无效。", "The code of the system is not valid.");
        if (!Rules.IsExternalKey(value)) throw ProblemException.Invalid("path.value", "invalid_value", "外部编号的长度应为 1 到 200 个字符。", "An external key has 1 to 200 characters.");
        await using var connection = await http.RequestServices.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(http.RequestAborted);
        var rows = await connection.QueryAsync<(Guid Id, string Name, Guid? Owner)>(new CommandDefinition("""
            select distinct n.customer_id, n.value, n.owner_id from customer.external_keys e
              join customer.match_keys n on n.customer_id = coalesce(e.merged_into, e.customer_id) and n.field = 'name' and n.live
            where e.system = @system and e.value = @value and (e.live or e.merged_into is not null)
            order by n.customer_id
            """, new { system, value }, cancellationToken: http.RequestAborted));
        var seen = Access.Of(http).Rows(Right.View("customers"));
        return [.. rows.Where(r => seen.Holds(r.Owner)).Select(r => new UpsertMatch(r.Id, r.Name))];
    }
}
