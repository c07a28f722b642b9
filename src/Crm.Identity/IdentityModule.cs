using System.Reflection;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Crm.Imports;
using Crm.Messaging;
using FluentValidation;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using StoreOptions = Crm.EventStore.StoreOptions;

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
        store.Events
            .Add<ClientRegistered>().Add<ClientChanged>().Add<ClientSecretAdded>().Add<ClientSecretRemoved>().Add<ClientRevoked>()
            .Add<ApplicationAuthorized>().Add<ApplicationDisconnected>().Add<PersonalTokenCreated>().Add<PersonalTokenRevoked>();
        store.Projections.Add(new Clients(), ProjectionLifecycle.Inline);
        store.Events.Add<UserEmailChanged>().Add<UserInvited>().Add<UserSecondFactorEnabled>().Add<UserSecondFactorDisabled>().Add<UserSecondFactorReset>()
            .Add<UserRecoveryCodesReplaced>().Add<UserSessionsRevoked>();
        store.Events.Add<UserLoginLinked>().Add<UserLoginUnlinked>();
        store.Projections.Add(new ExternalLoginTable(), ProjectionLifecycle.Inline);
        store.Projections.Add(new UserNames(), ProjectionLifecycle.Inline);
        store.Projections.Add(new SessionEpochs(), ProjectionLifecycle.Inline);
        store.Events.Add<DepartmentCreated>().Add<DepartmentRenamed>().Add<DepartmentMoved>().Add<DepartmentRemoved>().Add<RoleDefined>().Add<RoleChanged>().Add<RoleRemoved>();
        store.Projections.Add(new Members(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Departments(), ProjectionLifecycle.Inline);
        store.Projections.Add(new DepartmentNames(), ProjectionLifecycle.Inline);
        store.Projections.Add(new RoleDocuments(), ProjectionLifecycle.Inline);
        store.Projections.Add(new RoleCodes(), ProjectionLifecycle.Inline);
        store.Events.Add<TeamCreated>().Add<TeamRenamed>().Add<TeamMemberAdded>().Add<TeamLeaderChanged>().Add<TeamMemberRemoved>().Add<TeamRemoved>().Add<AbsenceDelegated>().Add<DelegationEnded>();
        store.Projections.Add(new Teams(), ProjectionLifecycle.Inline);
        store.Projections.Add(new TeamNames(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Delegations(), ProjectionLifecycle.Inline);
        store.Projections.Add(new Users(), ProjectionLifecycle.Async);
    }

    /// <summary>Registers the queue of the mails with links to set a password.</summary>
    public static void Configure(MessagingOptions messaging, IConfiguration configuration)
    {
        ForgotPasswordFeature.Configure(messaging, configuration);
        MailToUser.Configure(messaging, configuration);
    }

    /// <summary>Removes sessions and links that are over, and lines of the sign-in log older than <c>Crm:SignIn:LogDays</c> (180).</summary>
    public static async Task CleanAsync(DocumentStore store, IConfiguration configuration, CancellationToken ct)
    {
        await SessionTable.CleanAsync(store, TimeSpan.FromHours(configuration.GetValue("Crm:Session:Hours", 12)), ct);
        await SignInLog.CleanAsync(store, TimeSpan.FromDays(configuration.GetValue("Crm:SignIn:LogDays", 180)), ct);
    }

    /// <summary>Registers sign-in, validators and services.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services)
    {
        services.AddSingleton<Accounts>().AddSingleton<SessionTable>().AddSingleton<SigningKeys>();
        services.AddSingleton<ClientStore>().AddSingleton<ClientAuthentication>().AddSingleton<ClientLimits>().AddSingleton<AccessTokens>().AddSingleton<Authorizations>()
            .AddSingleton<CarriedRequests>().AddSingleton<PersonalTokens>();
        services.AddSingleton<LegacyClients>().AddHostedService(s => s.GetRequiredService<LegacyClients>());
        services.AddSingleton<Resource<Client>, ClientResource>();
        services.AddSingleton<IValidator<RegisterClient>, RegisterClient.Validator>();
        services.AddSingleton<IValidator<ChangeClient>, ChangeClient.Validator>();
        services.AddSingleton<IValidator<AddClientSecret>, AddClientSecret.Validator>();
        services.AddSingleton<IUserDirectory, UserDirectory>();
        services.AddSingleton<IAccessSource, AccessSource>();
        services.AddSingleton<KnownDepartments>().AddHostedService(s => s.GetRequiredService<KnownDepartments>());
        services.AddSingleton<Resource<Department>, DepartmentResource>().AddSingleton<Resource<Role>, RoleResource>();
        services.AddSingleton<IValidator<CreateDepartment>, CreateDepartment.Validator>();
        services.AddSingleton<IValidator<ChangeDepartment>, ChangeDepartment.Validator>();
        services.AddSingleton<IValidator<DefineRole>, DefineRole.Validator>();
        services.AddSingleton<IValidator<ChangeRole>, ChangeRole.Validator>();
        services.AddSingleton<Resource<Team>, TeamResource>().AddSingleton<IBulkCommand, TeamLeaderships>().AddSingleton<IBulkCommand, UserDeactivation>();
        services.AddSingleton<IValidator<HandOver>, HandOver.Validator>();
        services.AddSingleton<IValidator<CreateTeam>, CreateTeam.Validator>();
        services.AddSingleton<IValidator<ChangeTeam>, ChangeTeam.Validator>();
        services.AddSingleton<IValidator<AddTeamMember>, AddTeamMember.Validator>();
        services.AddSingleton<IValidator<DelegateAbsence>, DelegateAbsence.Validator>();
        services.AddSingleton<Resource<User>, UserResource>();
        services.AddSingleton<ImportTarget, UsersImport>().AddSingleton<IReferenceSource, UserReferences>();
        services.AddSingleton<IValidator<RegisterUser>, RegisterUser.Validator>();
        services.AddSingleton<IValidator<ChangeUser>, ChangeUser.Validator>();

        services.AddSingleton<IValidator<SetPassword>, SetPassword.Validator>();
        services.AddSingleton<IValidator<ChangePassword>, ChangePassword.Validator>();
        services.AddSingleton<IValidator<ForgotPassword>, ForgotPassword.Validator>();
        services.AddSingleton<IValidator<BeginSecondFactor>, BeginSecondFactor.Validator>();
        services.AddSingleton<IValidator<ConfirmSecondFactor>, ConfirmSecondFactor.Validator>();
        services.AddSingleton<IValidator<BothFactors>, BothFactors.Validator>();
        services.AddSingleton<IValidator<LinkExternalLogin>, LinkExternalLogin.Validator>();

        services.AddSingleton<ILookupNormalizer, UserNameNormalizer>();
        services.AddIdentityCore<Account>(o =>
        {
            // What else a password must be is PasswordPolicy's business.
            o.Password = new PasswordOptions { RequiredLength = PasswordPolicy.MinLength, RequiredUniqueChars = 5, RequireDigit = false, RequireLowercase = false, RequireUppercase = false, RequireNonAlphanumeric = false };
        }).AddUserManager<AccountManager>().AddPasswordValidator<PasswordPolicy>().AddTokenProvider<OneTimeAuthenticator>(TokenOptions.DefaultAuthenticatorProvider);
        services.AddScoped<AccountStore>().AddScoped<IUserStore<Account>>(s => s.GetRequiredService<AccountStore>());
        // PBKDF2 with HMAC-SHA-512, as OWASP's cheat sheet on password storage has it; hashes of fewer iterations are renewed at the next sign-in.
        services.Configure<PasswordHasherOptions>(o => o.IterationCount = 210_000);
        SignInLimits.Add(services);

        services.AddSingleton<DataProtectionKeys>();
        services.AddDataProtection().SetApplicationName("crm");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(s =>
            new ConfigureOptions<KeyManagementOptions>(o => o.XmlRepository = s.GetRequiredService<DataProtectionKeys>()));
        services.AddAntiforgery();
        services.AddOptions<AntiforgeryOptions>().Configure<IConfiguration>((o, configuration) => (o.HeaderName, o.Cookie) = ("X-CSRF-Token", Cookie("crm_csrf", configuration)));
        services.AddAuthentication("crm")
            .AddPolicyScheme("crm", null, o => o.ForwardDefaultSelector = Scheme)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.SchemeName, null)
            .AddCookie(o => o.Events.OnValidatePrincipal = SessionFeature.Validate)
            .AddCookie(ExternalProof.SchemeName);
        ExternalScheme.Add(services);
        services.AddOptions<CookieAuthenticationOptions>(ExternalProof.SchemeName).Configure<IConfiguration>((o, configuration) =>
            (o.Cookie, o.ExpireTimeSpan, o.SlidingExpiration) = (Cookie("crm_external", configuration), TimeSpan.FromMinutes(5), false));
        services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme).Configure<IConfiguration, SessionTable>((o, configuration, sessions) =>
            // How long a session lasts is the table's business; the cookie only must not end before.
            (o.Cookie, o.ExpireTimeSpan, o.SlidingExpiration) = (Cookie("crm_session", configuration), sessions.Longest, false));
        return services;
    }

    /// <summary>A cookie that no script reads and no other site sends; over HTTPS (<c>Crm:Https</c>) bound to this very host by its name.</summary>
    private static CookieBuilder Cookie(string name, IConfiguration configuration)
    {
        var https = configuration.GetValue<bool>("Crm:Https");
        return new CookieBuilder
        {
            Name = https ? "__Host-" + name : name, Path = "/", HttpOnly = true, SameSite = SameSiteMode.Strict, IsEssential = true,
            SecurePolicy = https ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest,
        };
    }

    /// <summary>Adds sign-in to the pipeline: who is calling, and the antiforgery check of cookie sessions.</summary>
    public static void UseIdentity(this IApplicationBuilder app)
    {
        // A wrong setting is told at the start, not to the first person at the door.
        app.ApplicationServices.GetRequiredService<ExternalProviders>();
        app.UseAuthentication();
        app.Use(TokenRules.Enforce);
        app.Use(SessionFeature.Antiforgery);
        app.Use(SecondFactorDemand.Check);
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
        ExternalSignInFeature.Map(api);
        SetPasswordFeature.Map(api);
        ForgotPasswordFeature.Map(api);
        SignInLog.Map(api);
        var account = AccountRoutes.MapOwn(api);
        OwnSecondFactorFeature.Map(account);
        ChangePasswordFeature.Map(account);
        OwnSessionsFeature.Map(account);
        SignInLog.MapOwn(account);
        OwnExternalLoginsFeature.Map(account);
        var users = api.MapGroup("users").WithTags("users");
        RegisterUserFeature.Map(users);
        ChangeUserFeature.Map(users);
        UserListFeature.Map(users);
        UserSessionsFeature.Map(users);
        InviteUserFeature.Map(users);
        ResetSecondFactorFeature.Map(users);
        OwnExternalLoginsFeature.MapOfUser(users);
        users.MapRecord<User>(Right.View("users"));
        users.MapHistory<User>(Right.View("users"));
        var clients = api.MapGroup("clients").WithTags("clients");
        RegisterClientFeature.Map(clients);
        ChangeClientFeature.Map(clients);
        AddClientSecretFeature.Map(clients);
        RemoveClientSecretFeature.Map(clients);
        RevokeClientFeature.Map(clients);
        ClientListFeature.Map(clients);
        clients.MapRecord<Client>(Right.View("clients"));
        clients.MapHistory<Client>(Right.View("clients"));
        ConsentFeature.Map(api);
        EndSessionFeature.MapPage(api);
        PersonalTokenFeature.Map(api);

        var departments = api.MapGroup("departments").WithTags("departments");
        DepartmentListFeature.Map(departments);
        departments.MapRecord<Department>(Right.View("departments"));
        departments.MapHistory<Department>(Right.View("departments"));
        CreateDepartmentFeature.Map(departments);
        ChangeDepartmentFeature.Map(departments);
        RemoveDepartmentFeature.Map(departments);

        HandOverFeature.Map(users);
        DelegateAbsenceFeature.Map(users);
        EndDelegationFeature.Map(users);
        var teams = api.MapGroup("teams").WithTags("teams");
        TeamListFeature.Map(teams);
        teams.MapRecord<Team>(Right.View("teams"));
        teams.MapHistory<Team>(Right.View("teams"));
        CreateTeamFeature.Map(teams);
        ChangeTeamFeature.Map(teams);
        AddTeamMemberFeature.Map(teams);
        RemoveTeamMemberFeature.Map(teams);
        RemoveTeamFeature.Map(teams);

        var roles = api.MapGroup("roles").WithTags("roles");
        RoleListFeature.Map(roles);
        roles.MapRecord<Role>(Right.View("roles"));
        roles.MapHistory<Role>(Right.View("roles"));
        DefineRoleFeature.Map(roles);
        ChangeRoleFeature.Map(roles);
        RemoveRoleFeature.Map(roles);
    }

    /// <summary>Maps the authorization server, which stands outside the API.</summary>
    public static void MapConnect(this IEndpointRouteBuilder root)
    {
        DiscoveryFeature.Map(root);
        AuthorizeFeature.Map(root);
        TokenFeature.Map(root);
        RevocationFeature.Map(root);
        IntrospectionFeature.Map(root);
        UserInfoFeature.Map(root);
        EndSessionFeature.Map(root);
        ExternalSignInFeature.MapBegin(root);
    }

    /// <summary>Creates the first administrator; returns the token of the link that sets the password, or null if there are users already.</summary>
    public static Task<string?> CreateAdministratorAsync(IServiceProvider services, CancellationToken ct) =>
        services.GetRequiredService<Accounts>().CreateAdministratorAsync(ct);

    /// <summary>The password of every demo account; public knowledge, so it is worth nothing without <c>Crm__Demo</c>.</summary>
    public const string DemoPassword = "Demo-2026!";

    /// <summary>Creates the demo accounts and the demo client where they are missing.</summary>
    public static Task CreateDemoAccountsAsync(IServiceProvider services, string password, string clientId, string clientSecret, CancellationToken ct) =>
        services.GetRequiredService<Accounts>().CreateDemoAsync(password, clientId, clientSecret, ct);
}
