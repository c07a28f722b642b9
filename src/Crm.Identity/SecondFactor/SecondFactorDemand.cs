using Crm.Http;
using Microsoft.AspNetCore.Http;

namespace Crm.Identity;

/// <summary>
/// People of the roles in <c>Crm:RequireSecondFactor</c> who have no second factor may sign in only to set one up: everything else answers
/// 403 <c>second_factor_required</c>.
/// </summary>
internal static class SecondFactorDemand
{
    public const string Claim = "second_factor_demanded";

    public static Task Check(HttpContext http, RequestDelegate next)
    {
        var path = http.Request.Path;
        if (http.User.HasClaim(Claim, "true") && path.StartsWithSegments("/api") && !path.StartsWithSegments("/api/v1/session") && !path.StartsWithSegments("/api/v1/account"))
            throw new ProblemException(403, "second_factor_required", "请先设置两步验证。", "Set up a second factor first.");
        return next(http);
    }
}
