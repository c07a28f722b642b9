using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Dapper;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Identity;

/// <summary>The accounts of a first start.</summary>
internal sealed class Accounts(DocumentStore store, IServiceScopeFactory scopes, LegacyClients clients, KnownDepartments departments, AccessPictures pictures)
{
    /// <summary>The accounts of a demo organisation.</summary>
    public static readonly (string UserName, string DisplayName, string Role, string Department)[] Demo =
        [("admin", "陈立", "admin", "管理部"), ("manager", "王建国", "manager", "销售部"), ("sales", "李晓燕", "sales", "销售部"), ("service", "赵敏", "service", "客服部")];

    /// <summary>Creates the administrator of an empty organisation and returns the token of the link to set the password; null if there is a user already.</summary>
    public async Task<string?> CreateAdministratorAsync(CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        if (await connection.ExecuteScalarAsync<bool>("select exists (select from identity.credentials)")) return null;
        var existing = await connection.QueryFirstOrDefaultAsync<Guid?>("select user_id from identity.user_names where user_name = 'admin'");
        var id = existing ?? await RegisterAsync("admin", "管理员", "admin", null, ct);
        var sql = new SqlBatch();
        var token = PasswordLinks.Add(sql, id, store.Now + PasswordLinks.Invitation);
        await sql.RunAsync(store, ct);
        return token;
    }

    /// <summary>Creates the demo's accounts where they are missing.</summary>
    public async Task CreateDemoAsync(string password, string clientId, string clientSecret, CancellationToken ct)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(ct);
        foreach (var (name, display, role, department) in Demo)
        {
            var id = await connection.QueryFirstOrDefaultAsync<Guid?>("select user_id from identity.user_names where user_name = @name", new { name }) ?? await RegisterAsync(name, display, role, department, ct);
            if (!await connection.ExecuteScalarAsync<bool>("select exists (select from identity.credentials where user_id = @id)", new { id })) await SetPasswordAsync(id, password);
        }
        await clients.AdoptAsync(clientId, "演示集成", "integrator", Secrets.Hash(clientSecret), active: true, ct);
        pictures.Refresh();
    }

    private async Task SetPasswordAsync(Guid id, string password)
    {
        await using var scope = scopes.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<AccountManager>();
        if (await accounts.FindByIdAsync(id.ToString()) is { } account) await accounts.SetPasswordAsync(account, password, byLink: false);
    }

    private async Task<Guid> RegisterAsync(string userName, string displayName, string role, string? department, CancellationToken ct)
    {
        var departmentId = department is null ? (Guid?)null : await departments.EnsureAsync(department, ct);
        await using var session = store.OpenSession(new EventContext("system", "system"));
        var id = Guid.CreateVersion7(session.Now);
        session.StartStream<User>(id, [new UserRegistered(userName, displayName, role, department, null, CanSignIn: false, DepartmentId: departmentId)]);
        await session.SaveChangesAsync(ct);
        return id;
    }
}
