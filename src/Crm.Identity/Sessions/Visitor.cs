using Crm.Http;
using Microsoft.AspNetCore.Http;

namespace Crm.Identity;

/// <summary>From where and with what somebody came, as much as people need to recognise themselves and no more; empty where it is not known.</summary>
/// <param name="Address">The network, as <see cref="Origin.Address"/> has it.</param>
/// <param name="Device">Browser and system in words, as <see cref="Origin.Device"/> has them.</param>
internal sealed record Visitor(string Address, string Device)
{
    public static Visitor Of(HttpContext http) => new(Origin.Address(http) ?? "", Origin.Device(http) ?? "");
}
