using Crm.Http;
using Microsoft.AspNetCore.Identity;

namespace Crm.Identity;

/// <summary>
/// What a password must be beside long enough: of three kinds of characters, without the user name, and not one of the common ones however
/// it is dressed up (NIST SP 800-63B §5.1.1.2).
/// </summary>
internal sealed class PasswordPolicy : IPasswordValidator<Account>
{
    /// <summary>The shortest password there is.</summary>
    public const int MinLength = 10;

    private const int Left = 4;

    /// <summary>Words and habits the common passwords are made of, longest first.</summary>
    private static readonly string[] Common = [.. """
        password passwort passwd pass word parola mima woaini woaiwo aini iloveyou loveyou lovely love welcome willkommen login letmein changeme change default secret
        admin administrator root user guest test tester testing demo1 system manager master super superman batman dragon monkey shadow sunshine princess football baseball
        basketball soccer hockey michael jordan jennifer jessica charlie thomas daniel robert andrew joshua ashley nicole hannah maggie ginger pepper cookie summer winter
        spring autumn january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday
        hello helloworld world whatever trustno internet computer freedom starwars pokemon google facebook alibaba taobao tencent weixin wechat huawei xiaomi apple samsung
        china beijing shanghai zhongguo company office server oracle database mysql postgres money forever flower angel killer hunter ranger buster tigger
        qwerty qwertz azerty asdfgh zxcvbn qazwsx qweasd asdf zxcv qwer 1qaz 2wsx 3edc zaq1 xsw2 1q2w 3e4r 5t6y q1w2 e3r4 abc123 a1b2 123qwe qwe123 123abc 5201314 520520 1314 crm2 crm
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Distinct().OrderByDescending(w => w.Length)];

    private static readonly Dictionary<char, char> Dressed = new() { ['0'] = 'o', ['1'] = 'i', ['3'] = 'e', ['4'] = 'a', ['5'] = 's', ['7'] = 't', ['@'] = 'a', ['$'] = 's', ['!'] = 'i' };

    /// <inheritdoc />
    public Task<IdentityResult> ValidateAsync(UserManager<Account> manager, Account user, string? password) =>
        Task.FromResult(Faults(user.UserName, password ?? "") is { Count: > 0 } faults ? IdentityResult.Failed([.. faults.Select(f => new IdentityError { Code = f, Description = f })]) : IdentityResult.Success);

    /// <summary>The codes of what a password lacks, apart from its length.</summary>
    public static IReadOnlyList<string> Faults(string userName, string password)
    {
        var faults = new List<string>();
        if (Kinds(password) < 3) faults.Add("password_too_simple");
        if (userName.Length > 2 && password.Contains(userName, StringComparison.OrdinalIgnoreCase)) faults.Add("password_has_user_name");
        if (IsCommon(password)) faults.Add("password_common");
        return faults;
    }

    /// <summary>The refusal with every fault, next to the field.</summary>
    public static ProblemException Refused(IEnumerable<IdentityError> errors) => new(400, "weak_password", "密码不符合要求。", "The password does not keep the rules.")
    {
        Errors = [.. errors.Select(e => e.Code switch
        {
            "PasswordTooShort" => ("body.newPassword", "password_too_short", $"至少 {MinLength} 个字符。", $"It has at least {MinLength} characters."),
            "password_has_user_name" => ("body.newPassword", e.Code, "不能包含用户名。", "It must not contain the user name."),
            "password_common" => ("body.newPassword", e.Code, "太常见，容易被猜到。", "It is a common password and easily guessed."),
            _ => ("body.newPassword", "password_too_simple", "小写字母、大写字母、数字、其他字符，至少要有其中三种。", "It has three kinds out of lower case, upper case, digits and others."),
        }).Distinct()],
    };

    private static int Kinds(string password) =>
        (password.Any(char.IsLower) ? 1 : 0) + (password.Any(char.IsUpper) ? 1 : 0) + (password.Any(char.IsDigit) ? 1 : 0) + (password.Any(c => !char.IsLetterOrDigit(c)) ? 1 : 0);

    /// <summary>Whether almost nothing is left of it once common words, sequences and repetitions are taken away.</summary>
    private static bool IsCommon(string password)
    {
        var plain = password.ToLowerInvariant();
        var undressed = string.Concat(plain.Select(c => Dressed.GetValueOrDefault(c, c)));
        return Remaining(plain) < Left || Remaining(undressed) < Left;
    }

    private static int Remaining(string text)
    {
        foreach (var word in Common) text = text.Replace(word, "\0", StringComparison.Ordinal);
        var remaining = 0;
        for (var i = 0; i < text.Length;)
        {
            var run = Run(text, i);
            if (run < 3) remaining += text.AsSpan(i, run).ToArray().Count(char.IsLetterOrDigit);
            i += run;
        }
        return remaining;
    }

    /// <summary>The length of what begins at a place and goes up, goes down or stays by one step each.</summary>
    private static int Run(string text, int from)
    {
        if (from + 1 >= text.Length) return 1;
        var step = text[from + 1] - text[from];
        if (step is < -1 or > 1) return 1;
        var to = from + 1;
        while (to + 1 < text.Length && text[to + 1] - text[to] == step) to++;
        return to - from + 1;
    }
}
