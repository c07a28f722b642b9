using System.Globalization;
using System.Text.Json.Serialization;

namespace Crm.EventStore.Tests;

public enum Currency
{
    Yuan,
    Euro,
}

public sealed record AccountOpened(string Owner, Currency Currency);

public sealed record Deposited(decimal Amount, string? Note = null);

public sealed record Withdrawn(decimal Amount);

public sealed record AccountClosed;

[JsonDerivedType(typeof(Cash), "cash")]
[JsonDerivedType(typeof(Transfer), "transfer")]
public abstract record Payment;

public sealed record Cash(int N) : Payment;

public sealed record Transfer(string A) : Payment;

public sealed record PaymentReceived(Payment Payment);

public sealed record Account(string Owner, Currency Currency, decimal Balance, bool Closed, string? LastNote = null) : Document, IAggregate<Account>
{
    public static Account? Evolve(Account? state, Event e) => (state, e.Data) switch
    {
        (null, AccountOpened x) => new(x.Owner, x.Currency, 0, false),
        (not null, Deposited x) => state with { Balance = state.Balance + x.Amount, LastNote = x.Note ?? state.LastNote },
        (not null, Withdrawn x) => state with { Balance = state.Balance - x.Amount },
        (not null, AccountClosed) => state with { Closed = true },
        _ => state,
    };
}

/// <summary>Every account, now and at any past instant.</summary>
public sealed class Accounts(string table = "bank.accounts") : DocumentProjection<Account>
{
    public static readonly string Schema = TableSql("bank.accounts") + TableSql("bank.inline_accounts");

    public override string Table => table;

    public override int Version => 1;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(AccountOpened), typeof(Deposited), typeof(Withdrawn), typeof(AccountClosed)];

    public override IEnumerable<string?> SearchTexts(Account document) => [document.Owner];
}

/// <summary>Counts and sums by kind and owner of the stream: an event folded twice shows.</summary>
public sealed class Turnover(int version = 1, string table = "bank.turnover") : TableProjection
{
    public const string Schema = """
        create schema bank;
        create table bank.turnover (kind text not null, day date not null, count bigint not null, amount numeric not null, last bigint not null, primary key (kind, day));
        create table bank.inline_turnover (like bank.turnover including all);
        create table bank.receipts (name text not null, sequence bigint not null, amount numeric not null);
        """;

    /// <summary>An amount that cannot be projected, for as long as it is set.</summary>
    public decimal? Poison { get; set; }

    public override string Name => table;

    public override int Version => version;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(Deposited), typeof(Withdrawn)];

    public override void Project(Event e, SqlBatch sql)
    {
        var (kind, amount) = e.Data switch
        {
            Deposited x => ("in", x.Amount),
            Withdrawn x => ("out", x.Amount),
            _ => throw new InvalidOperationException(e.Type),
        };
        if (amount == Poison) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{amount} is not liked"));
        var day = DateOnly.FromDateTime(e.EffectiveAt.UtcDateTime);
        sql.Add($"""
            insert into {sql.Table(table)} as t (kind, day, count, amount, last) values ({kind}, {day}, 1, {amount}, {e.Version})
            on conflict (kind, day) do update set count = t.count + 1, amount = t.amount + excluded.amount, last = excluded.last
            """);
    }
}

/// <summary>Writes one line for each deposit, wherever it begins.</summary>
public sealed class Receipts(string name, long? startAfter) : Subscription
{
    public override string Name => "receipts." + name;

    public override long? StartAfter => startAfter;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(Deposited)];

    public override ValueTask ApplyAsync(IReadOnlyList<Event> page, DocumentStore store, SqlBatch sql, CancellationToken ct)
    {
        foreach (var e in page) sql.Add($"insert into bank.receipts (name, sequence, amount) values ({name}, {e.Sequence}, {((Deposited)e.Data).Amount})");
        return ValueTask.CompletedTask;
    }
}
