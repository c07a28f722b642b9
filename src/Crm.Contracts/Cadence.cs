namespace Crm.Contracts;

/// <summary>It was decided how often customers are followed up (S040–S043, X4). Every rule is in it, not only those that changed; counts are days from one follow-up to the next.</summary>
/// <param name="Potential">潜在客户: S040.</param>
/// <param name="Intent">意向客户: S041.</param>
/// <param name="Won">成交客户: S042.</param>
/// <param name="Lost">流失客户: S043.</param>
/// <param name="Tiers">Of value tiers that have a rule of their own, by <c>A B C D</c>; for a customer the strictest rule counts.</param>
public sealed record CadenceChanged(int Potential, int Intent, int Won, int Lost, IReadOnlyDictionary<string, int> Tiers);
