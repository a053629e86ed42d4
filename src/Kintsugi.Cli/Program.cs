using var spans = Kintsugi.Cli.SpanExport.Open(Environment.GetEnvironmentVariable);
return await Kintsugi.Cli.CommandLine.RunAsync(args);
