using Crm.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Identity.Tests;

/// <summary>People of a test who can sign in.</summary>
internal static class GivenPassword
{
    /// <summary>Gives a user the password with which <see cref="CrmApp.As"/> signs in.</summary>
    public static async Task GivePasswordAsync(this CrmApp app, Guid user)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var accounts = scope.ServiceProvider.GetRequiredService<AccountManager>();
        await accounts.SetPasswordAsync((await accounts.FindByIdAsync(user.ToString()))!, IdentityModule.DemoPassword, byLink: false);
    }
}
