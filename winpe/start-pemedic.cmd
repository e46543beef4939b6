@echo off
rem Starts PE Medic from the folder that this file lies in and makes it known to the prompt.
path %PATH%;%~dp0
"%~dp0pemedic.exe" %*
echo.
echo PE Medic has ended. To use it again, type: pemedic
