using System.Reflection;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Imports;
using FluentValidation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Crm.Identity;

/// <summary>The identity module: users, sessions, clients and their tokens, listed in one place.</summary>
public static class IdentityModule
{
    /// <summary>The module's own schema.</summary>
    public static IEnumerable<Migration> Migrations => Migration.Embedded(Assembly.GetExecutingAssembly(), "identity");

    /// <summary>Registers event types and projections.</summary>
    public static void Configure(StoreOptions store)
    {
        store.Events.Add<UserRegistered>().Add<UserChanged>().Add<UserPasswordSet>().Add<UserRemoved>();
        store.Events.Add<DepartmentCreated>().Add<DepartmentRenamed>().Add<DepartmentMoved>().Add<DepartmentRemoved>().Add<RoleDefined>().Add<RoleChanged>().Add<RoleRemoved>();
        store.Projections.Add(new UserNames(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Members(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Departments(), ProjectionLifecycle.Inline);
        store.Projections.Add(new DepartmentNames(), ProjectionLifecycle.Inline);
        store.Projections.Add(new RoleDocuments(), ProjectionLifecycle.Inline);
        store.Projections.Add(new RoleCodes(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Users(), ProjectionLifecycle.Async);
    }

    /// <summary>Registers sign-in, validators and services.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services)
    {
        services.AddSingleton<Passwords>().AddSingleton<Accounts>().AddSingleton<SigningKeys>();
        services.AddSingleton<IUserDirectory, UserDirectory>();
        services.AddSingleton<IAccessSource, AccessSource>();
        services.AddSingleton<KnownDepartments>().AddHostedService(s => s.GetRequiredService<KnownDepartments>());
        services.AddSingleton<Resource<Department>, DepartmentResource>().AddSingleton<Resource<Role>, RoleResource>();
        services.AddSingleton<IValidator<CreateDepartment>, CreateDepartment.Validator>();
        services.AddSingleton<IValidator<ChangeDepartment>, ChangeDepartment.Validator>();
        services.AddSingleton<IValidator<DefineRole>, DefineRole.Validator>();
        services.AddSingleton<IValidator<ChangeRole>, ChangeRole.Validator>();
        services.AddSingleton<Resource<User>, UserResource>();
        services.AddSingleton<ImportTarget, UsersImport>();
        services.AddSingleton<IValidator<RegisterUser>, RegisterUser.Validator>();
        services.AddSingleton<IValidator<ChangeUser>, ChangeUser.Validator>();

        services.AddSingleton<DataProtectionKeys>();
        services.AddDataProtection().SetApplicationName("crm");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(s =>
            new ConfigureOptions<KeyManagementOptions>(o => o.XmlRepository = s.GetRequiredService<DataProtectionKeys>()));
        services.AddAntiforgery(o =>
        {
            o.HeaderName = "X-CSRF-Token";
            o.Cookie = new CookieBuilder { Name = "crm_csrf", HttpOnly = true, SameSite = SameSiteMode.Strict, SecurePolicy = CookieSecurePolicy.SameAsRequest, IsEssential = true };
        });
        services.AddAuthentication("crm")
            .AddPolicyScheme("crm", null, o => o.ForwardDefaultSelector = Scheme)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.SchemeName, null)
            .AddCookie(o =>
            {
                o.Cookie = new CookieBuilder { Name = "crm_session", HttpOnly = true, SameSite = SameSiteMode.Strict, SecurePolicy = CookieSecurePolicy.SameAsRequest, IsEssential = true };
                o.ExpireTimeSpan = TimeSpan.FromHours(12);
                o.SlidingExpiration = true;
                o.Events.OnValidatePrincipal = SessionFeature.Validate;
            });
        return services;
    }

    /// <summary>Adds sign-in to the pipeline: who is calling, and the antiforgery check of cookie sessions.</summary>
    public static void UseIdentity(this IApplicationBuilder app)
    {
        app.UseAuthentication();
        app.Use(SessionFeature.Antiforgery);
        app.UseAuthorization();
    }

    /// <summary>The cookie is looked at only below <c>/api</c>: health must answer without the database, and the page's files need no session.</summary>
    private static string Scheme(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/api") || http.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? BearerHandler.SchemeName
            : CookieAuthenticationDefaults.AuthenticationScheme;

    /// <summary>Maps the routes below <c>/api/v1</c>.</summary>
    public static void MapIdentity(this IEndpointRouteBuilder api)
    {
        SessionFeature.Map(api);
        SetPasswordFeature.Map(api);
        var users = api.MapGroup("users").WithTags("users");
        RegisterUserFeature.Map(users);
        ChangeUserFeature.Map(users);
        UserListFeature.Map(users);
        users.MapRecord<User>(Right.View("users"));
        users.MapHistory<User>(Right.View("users"));

        var departments = api.MapGroup("departments").WithTags("departments");
        DepartmentListFeature.Map(departments);
        departments.MapRecord<Department>(Right.View("departments"));
        departments.MapHistory<Department>(Right.View("departments"));
        CreateDepartmentFeature.Map(departments);
        ChangeDepartmentFeature.Map(departments);
        RemoveDepartmentFeature.Map(departments);

        var roles = api.MapGroup("roles").WithTags("roles");
        RoleListFeature.Map(roles);
        roles.MapRecord<Role>(Right.View("roles"));
        roles.MapHistory<Role>(Right.View("roles"));
        DefineRoleFeature.Map(roles);
        ChangeRoleFeature.Map(roles);
        RemoveRoleFeature.Map(roles);
    }

    /// <summary>Maps the token endpoint, which stands outside the API.</summary>
    public static void MapConnect(this IEndpointRouteBuilder root) => TokenFeature.Map(root);

    /// <summary>Creates the first administrator; returns the token of the link that sets the password, or null if there are users already.</summary>
    public static Task<string?> CreateAdministratorAsync(IServiceProvider services, CancellationToken ct) =>
        services.GetRequiredService<Accounts>().CreateAdministratorAsync(ct);

    /// <summary>The password of every demo account; public knowledge, so it is worth nothing without <c>Crm__Demo</c>.</summary>
    public const string DemoPassword = "Demo-2026!";

    /// <summary>Creates the demo accounts and the demo client where they are missing.</summary>
    public static Task CreateDemoAccountsAsync(IServiceProvider services, string password, string clientId, string clientSecret, CancellationToken ct) =>
        services.GetRequiredService<Accounts>().CreateDemoAsync(password, clientId, clientSecret, ct);
}
