using Npgsql;
using Xunit;

namespace Crm.Testing;

/// <summary>Waits for a condition, for as long as <see cref="Patience"/> allows: a test that sleeps is either slow or wrong.</summary>
public static class Wait
{
    /// <summary>Until it holds.</summary>
    /// <exception cref="OperationCanceledException">It did not hold in time.</exception>
    public static async Task Until(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience.Limit);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition()) await tick.WaitForNextTickAsync(patience.Token);
    }

    /// <summary>Until it holds.</summary>
    public static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    /// <summary>Until a query answers true.</summary>
    public static Task Until(NpgsqlDataSource database, string query) => Until(async () =>
    {
        await using var command = database.CreateCommand(query);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) is true;
    });
}
