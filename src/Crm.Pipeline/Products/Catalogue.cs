using Crm.Contracts;
using Crm.EventStore;
using Dapper;
using Npgsql;

namespace Crm.Pipeline;

/// <summary>What a decision may need to know of a product.</summary>
/// <param name="Id">The product.</param>
/// <param name="Name">Its name.</param>
/// <param name="Active">Whether it is sold; false for a deleted one.</param>
/// <param name="UnitPrice">Its list price.</param>
internal sealed record CatalogueEntry(Guid Id, string Name, bool Active, Money? UnitPrice);

/// <summary>
/// The products as they are now, kept in the transaction of the change: the constraint on <c>code</c> decides who has it. The code
/// of a deleted product is free for another.
/// </summary>
internal sealed class Catalogue : TableProjection
{
    public override string Name => "pipeline.catalogue";

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(ProductAdded), typeof(ProductChanged), typeof(ProductDeleted), typeof(ProductUndeleted)];

    /// <summary>How a code is compared: without case and surrounding blanks.</summary>
    public static string Key(string code) => code.Trim().ToLowerInvariant();

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case ProductAdded x:
                sql.Add($"""
                    insert into {sql.Table("pipeline.catalogue")} (id, code, deleted, name, active, price, currency)
                    values ({e.StreamId}, {Key(x.Code)}, false, {x.Name}, {x.Active}, {x.UnitPrice?.Amount}, {x.UnitPrice?.Currency})
                    """);
                break;
            case ProductChanged x:
                var free = x.Cleared?.Contains("unitPrice") == true;
                sql.Add($"""
                    update {sql.Table("pipeline.catalogue")} set code = coalesce({(x.Code is null ? null : Key(x.Code))}, code), name = coalesce({x.Name}, name), active = coalesce({x.Active}, active),
                      price = case when {free} then null else coalesce({x.UnitPrice?.Amount}, price) end,
                      currency = case when {free} then null else coalesce({x.UnitPrice?.Currency}, currency) end
                    where id = {e.StreamId}
                    """);
                break;
            case ProductDeleted:
                sql.Add($"update {sql.Table("pipeline.catalogue")} set deleted = true where id = {e.StreamId}");
                break;
            case ProductUndeleted:
                sql.Add($"update {sql.Table("pipeline.catalogue")} set deleted = false where id = {e.StreamId}");
                break;
        }
    }

    /// <summary>The entries of those products that exist.</summary>
    public static async Task<IReadOnlyDictionary<Guid, CatalogueEntry>> FindAsync(NpgsqlDataSource database, IEnumerable<Guid> ids, CancellationToken ct)
    {
        var wanted = ids.Distinct().ToArray();
        if (wanted.Length == 0) return new Dictionary<Guid, CatalogueEntry>();
        await using var connection = await database.OpenConnectionAsync(ct);
        var rows = await connection.QueryAsync<(Guid Id, string Name, bool Active, decimal? Price, string? Currency)>(new CommandDefinition(
            "select id, name, active and not deleted, price, currency from pipeline.catalogue where id = any(@wanted)", new { wanted }, cancellationToken: ct));
        return rows.ToDictionary(r => r.Id, r => new CatalogueEntry(r.Id, r.Name, r.Active, r.Price is { } price ? new Money(price, r.Currency!) : null));
    }

    /// <summary>The product that has the code now, or null.</summary>
    public static async Task<(Guid Id, string Name)?> OwnerAsync(NpgsqlDataSource database, string code, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await connection.QuerySingleOrDefaultAsync<(Guid, string)?>(new CommandDefinition(
            "select id, name from pipeline.catalogue where code = @code and not deleted", new { code = Key(code) }, cancellationToken: ct));
    }
}
