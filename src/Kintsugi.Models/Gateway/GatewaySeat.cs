namespace Kintsugi.Models.Gateway;

/// <summary>Whose connection it is: the gateway that serves it, and the sample its calls belong to.</summary>
public sealed record GatewaySeat(ModelGateway Gateway, SampleCalls Calls);
