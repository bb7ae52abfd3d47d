tool.main()
