using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Crm.Identity;

/// <summary>
/// Makes departments of names: at a start for users that were recorded with a department's name when departments were no records yet, and for accounts
/// that come with the program.
/// </summary>
internal sealed class KnownDepartments(DocumentStore store) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        var users = await connection.QueryAsync<(Guid Id, string Department)>(new CommandDefinition("""
            select id, doc->>'department' from identity.users
            where doc->>'department' is not null and doc->>'departmentId' is null and doc->>'removed' = 'false'
            """, cancellationToken: cancellationToken));
        foreach (var user in users) await JoinAsync(user.Id, await EnsureAsync(user.Department, cancellationToken), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The department of a name, made if it is not there.</summary>
    public async Task<Guid> EnsureAsync(string name, CancellationToken ct)
    {
        while (true)
        {
            await using (var connection = await store.DataSource.OpenConnectionAsync(ct))
                if (await connection.QueryFirstOrDefaultAsync<Guid?>(new CommandDefinition("select department_id from identity.department_names where name = @name", new { name }, cancellationToken: ct)) is { } known)
                    return known;
            await using var session = store.OpenSession(new EventContext("system", "setup"));
            var id = Guid.CreateVersion7(session.Now);
            session.StartStream<Department>(id, CreateDepartmentFeature.Decide(new CreateDepartment(name), true, new Now(session.Now, store.DayOf(session.Now), "system", id)).Events);
            try
            {
                await session.SaveChangesAsync(ct);
                return id;
            }
            catch (PostgresException e) when (e is { SqlState: "23505", ConstraintName: "department_name_taken" })
            {
                // Another node made it at the same moment.
            }
        }
    }

    private async Task JoinAsync(Guid user, Guid department, CancellationToken ct)
    {
        await using var session = store.OpenSession(new EventContext("system", "setup"));
        var stream = await session.FetchForWriting<User>(user, ct);
        if (stream.Aggregate is not { DepartmentId: null, Department: not null, Removed: false }) return;
        stream.AppendMany([new UserChanged(null, null, null, null, null, null, DepartmentId: department)]);
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (ConcurrencyException)
        {
            // Another node did the same, or somebody changed the user: the next start looks again.
        }
    }
}
