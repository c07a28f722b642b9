using System.Text.Json;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Testing;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Crm.Http.Tests;

public enum Tier { A, B, C, KeyAccount }

public sealed record Plan(DateTimeOffset? At, string? Goal);

/// <summary>A document with a field of every kind.</summary>
public sealed record DealView
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public string? Stage { get; init; }
    public Tier? Tier { get; init; }
    public Money? Amount { get; init; }
    public decimal? Probability { get; init; }
    public int Size { get; init; }
    public bool? Archived { get; init; }
    public DateOnly? CloseDate { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? SeenAt { get; init; }
    public Guid? OwnerId { get; init; }
    public Guid? CustomerId { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public IReadOnlyDictionary<string, object> Custom { get; init; } = new Dictionary<string, object>();
    public Plan? Next { get; init; }
    public IReadOnlyList<Plan> Plans { get; init; } = [];
    public string? Phone { get; init; }
}

public sealed record BuyerView(Guid Id, string? Name, Tier? Tier);

/// <summary>A database with the two tables, made as document projections make them.</summary>
public sealed class Deals : IAsyncDisposable
{
    public static readonly QueryClock Clock = new(DateTimeOffset.Parse("2026-03-15T10:30:00+08:00", null), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));

    public static readonly FieldMap Buyers = FieldMap.Of<BuyerView>("customer");

    public static readonly FieldMap Map = FieldMap.Of<DealView>()
        .Add("buyerName", FieldType.Text, "(b.doc->>'name')")
        .Relation("customer", Buyers, "select 1 from buyers customer where customer.id = (d.doc->>'customerId')::uuid");

    public static readonly ListSource Source = new(Map, "deals")
    {
        Joins = "left join buyers b on b.id = (d.doc->>'customerId')::uuid",
        Select = "d.doc || jsonb_build_object('buyerName', b.doc->>'name')",
    };

    /// <summary>No database at all: whoever asks it fails otherwise than with a problem.</summary>
    public static readonly Deals Nowhere = new(NpgsqlDataSource.Create("Host=nowhere.invalid"));

    private Deals(NpgsqlDataSource db) => Db = db;

    public NpgsqlDataSource Db { get; }

    public static async Task<Deals> In(PostgresFixture postgres)
    {
        var db = NpgsqlDataSource.Create(await postgres.CreateDatabaseAsync());
        await using var create = db.CreateCommand(DocumentProjection<Nothing>.TableSql("deals") + DocumentProjection<Nothing>.TableSql("buyers"));
        await create.ExecuteNonQueryAsync();
        return new(db);
    }

    public async Task Put(params DealView[] deals)
    {
        foreach (var deal in deals) await Put("deals", deal.Id, deal, SearchText.Of(deal.Name, deal.Phone));
    }

    /// <summary>Deletes some deals of a phone number.</summary>
    public async Task Remove(string phone, int count)
    {
        await using var command = Db.CreateCommand("delete from deals where id in (select id from deals where doc->>'phone' = $1 order by md5(id::text) limit $2)");
        command.Parameters.AddWithValue(phone);
        command.Parameters.AddWithValue(count);
        await command.ExecuteNonQueryAsync();
    }

    public async Task Put(params BuyerView[] buyers)
    {
        foreach (var buyer in buyers) await Put("buyers", buyer.Id, buyer, SearchText.Of(buyer.Name));
    }

    public Task<ListPage> List(params (string Name, string? Value)[] parameters) => List(null, parameters);

    public async Task<ListPage> List(FormattableString? where, params (string Name, string? Value)[] parameters) =>
        await (await Query(parameters)).ReadAsync(Db, Source, Clock, where, TestContext.Current.CancellationToken);

    /// <summary>The list by a JSON body.</summary>
    public async Task<ListPage> Search(string body) => await (await ListQuery.BindAsync(new DefaultHttpContext
    {
        Request = { Method = "POST", ContentType = "application/json", Body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(body)) },
    })).ReadAsync(Db, Source, Clock, null, TestContext.Current.CancellationToken);

    /// <summary>Binds a query string as a request would; values are escaped here.</summary>
    public static ValueTask<ListQuery> Query(params (string Name, string? Value)[] parameters) =>
        ListQuery.BindAsync(new DefaultHttpContext { Request = { Method = "GET", QueryString = QueryString.Create(parameters.Select(p => KeyValuePair.Create(p.Name, p.Value))) } });

    public static IReadOnlyList<Guid> Ids(ListPage page) => [.. page.Data.Select(d => JsonDocument.Parse(d).RootElement.GetProperty("id").GetGuid())];

    public static IReadOnlyList<string?> Names(ListPage page) => [.. page.Data.Select(d => JsonDocument.Parse(d).RootElement.GetProperty("name").GetString())];

    public ValueTask DisposeAsync() => Db.DisposeAsync();

    private async Task Put(string table, Guid id, object document, SearchText search)
    {
        await using var command = Db.CreateCommand($"insert into {table} (id, version, doc, search, grams, known_from, true_from) values ($1, 1, $2::jsonb, $3, $4, now(), now()) on conflict (id) do update set doc = excluded.doc");
        command.Parameters.AddWithValue(id);
        command.Parameters.AddWithValue(JsonSerializer.Serialize(document, document.GetType(), EventSerializer.Documents));
        command.Parameters.AddWithValue(search.Text);
        command.Parameters.AddWithValue(search.Grams);
        await command.ExecuteNonQueryAsync();
    }

    private sealed record Nothing : Document, IAggregate<Nothing>
    {
        public static Nothing? Evolve(Nothing? state, Event e) => state;
    }
}
