namespace Crm.Http;

/// <summary>Numbers of Chinese identity cards (GB 11643).</summary>
public static class IdentityCard
{
    /// <summary>Whether a number has 17 digits with a day of birth that exists, and the check character of ISO 7064 MOD 11-2.</summary>
    public static bool IsValid(string number)
    {
        if (number.Length != 18 || !number[..17].All(char.IsAsciiDigit) || !DateOnly.TryParseExact(number[6..14], "yyyyMMdd", out _)) return false;
        ReadOnlySpan<int> weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        var sum = 0;
        for (var i = 0; i < 17; i++) sum += (number[i] - '0') * weights[i];
        return number[17] == "10X98765432"[sum % 11];
    }
}
