using System.Text.Json.Nodes;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Customers;

/// <summary>
/// Moves opportunities and tickets of merged customers: the first with the merge itself, the rest in the background, where it goes on after a stop on whatever host
/// runs. Each step finds what is left, so that two hosts at once cost a conflict and nothing else.
/// </summary>
internal sealed partial class RecordMoves(DocumentStore store, IEnumerable<IMergedRecords> records, ILogger<RecordMoves> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim wake = new(0);

    /// <summary>Moves the first records in the caller's session and leaves a note of the rest; answers how many of each kind moved.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> BeginAsync(CustomerMove move, DocumentSession session, CommandScope scope)
    {
        // What was opened a moment ago is not lost where the lists lag behind: the note stays until nothing is left.
        var (moved, total) = (new Dictionary<string, int>(), (int?)null);
        if (await scope.Store.Daemon.CatchUpAsync(Patience, scope.Aborted))
            foreach (var kind in scope.Http.RequestServices.GetServices<IMergedRecords>())
            {
                total = (total ?? 0) + await kind.LeftAsync(move, scope.Aborted);
                moved[kind.Name] = await kind.MoveAsync(move, MergeCustomerFeature.AtOnce, session, scope.Aborted);
            }
        if (move.Back) session.Sql.Add($"delete from customer.record_moves where merge_id = {move.MergeId} and not back");
        session.Sql.Add($"""
            insert into customer.record_moves (merge_id, back, from_id, to_id, contacts, user_name, source, moved, total, created_at)
            values ({move.MergeId}, {move.Back}, {move.From}, {move.To}, {move.Contacts}, {session.Context.UserName}, {session.Context.Source}, {moved.Values.Sum()}, {total}, {session.Now})
            on conflict (merge_id, back) do nothing
            """);
        var mover = scope.Http.RequestServices.GetRequiredService<RecordMoves>();
        session.AfterCommit(() => mover.wake.Release());
        return moved;
    }

    /// <summary>The moves to or from a customer that have records left: <c>mergeId</c>, <c>isBack</c> where a merge was taken back, how many records <c>moved</c> of a <c>total</c> that may be unknown.</summary>
    public static async Task<JsonArray> ShowAsync(NpgsqlDataSource database, Guid customer, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var moves = await connection.QueryAsync<(Guid MergeId, bool Back, int Moved, int? Total)>(new CommandDefinition(
            "select merge_id, back, moved, total from customer.record_moves where (from_id = @customer or to_id = @customer) and (total is null or moved < total) order by created_at", new { customer }, cancellationToken: ct));
        return [.. moves.Select(m => new JsonObject { ["mergeId"] = m.MergeId, ["isBack"] = m.Back, ["moved"] = m.Moved, ["total"] = m.Total })];
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await StepAsync(stoppingToken)) { }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(log, e);
            }
            await ((Task)wake.WaitAsync(Pause, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One step of every move that is under way; false if there is nothing to do.</summary>
    private async Task<bool> StepAsync(CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        var moves = (await connection.QueryAsync<(Guid MergeId, bool Back, Guid From, Guid To, Guid[] Contacts, string User, string Source)>(new CommandDefinition(
            "select merge_id, back, from_id, to_id, contacts, user_name, source from customer.record_moves order by created_at limit 20", cancellationToken: ct))).ToList();
        if (moves.Count == 0 || !await store.Daemon.CatchUpAsync(Patience, ct)) return false;
        var busy = false;
        foreach (var move in moves)
        {
            await using var session = store.OpenSession(new EventContext(move.User, move.Source));
            var count = 0;
            foreach (var kind in records) count += await kind.MoveAsync(new CustomerMove(move.MergeId, move.From, move.To, move.Back, move.Contacts), MergeCustomerFeature.AtOnce, session, ct);
            busy |= count > 0;
            // What an earlier move still brings here a later one has to take on.
            if (!busy) session.Sql.Add($"delete from customer.record_moves where merge_id = {move.MergeId} and back = {move.Back}");
            else session.Sql.Add($"update customer.record_moves set moved = moved + {count} where merge_id = {move.MergeId} and back = {move.Back}");
            try
            {
                await session.SaveChangesAsync(ct);
            }
            catch (ConcurrencyException)
            {
                // Somebody changed one of the records meanwhile: the next step finds it again.
            }
        }
        return true;
    }

    public override void Dispose()
    {
        wake.Dispose();
        base.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "Records of merged customers could not be moved; it is tried again.")]
    private static partial void Failed(ILogger log, Exception e);
}
